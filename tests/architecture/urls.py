"""Prints every address of the portal with its guard: `python -m tests.architecture.urls`.

A program of its own, because making the portal connects the whole process to a database.
"""

from __future__ import annotations

import sys
import tempfile

from flask import Flask

from portal.app import create_app
from portal.config import Config

IMPLIED = {"HEAD", "OPTIONS"}
SERVED_BY_FLASK = {"static": "anyone"}


def addresses(app: Flask) -> list[str]:
    """`methods guard address`, sorted by address; `NONE` where a route names no guard."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))
    lines = []
    for rule in rules:
        methods = ",".join(sorted((rule.methods or set()) - IMPLIED))
        served = SERVED_BY_FLASK.get(rule.endpoint, "NONE")
        guard = getattr(app.view_functions[rule.endpoint], "__guard__", served)
        lines.append(f"{methods:<9} {guard:<13} {rule.rule}")
    return lines


def main() -> None:
    """As production has it, without the sandbox's pages."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.from_env({"PORTAL_ENV": "test", "PORTAL_VAR": folder}))
        sys.stdout.write("\n".join(addresses(app)) + "\n")


if __name__ == "__main__":
    main()
