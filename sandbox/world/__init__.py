"""The demo's world: two clinics in TOML, their people, and the year that made them what they are."""
