"""HTTP in, HTTP out: each file parses, calls one verb, answers."""
