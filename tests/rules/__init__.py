"""Rules: tables of named cases and properties; no database, no fixtures."""
