"""Only portal/clock.py reads the clock: everything else is told what day it is."""

from __future__ import annotations

import ast

from tests.architecture.tree import PRODUCT, lines_with, listed, name, python_files, syntax

THE_CLOCK = "portal/clock.py"
READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.localtime", "time.gmtime", "func.now", "func.current_timestamp", "func.current_date",
}  # fmt: skip


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files(*PRODUCT)
        if name(path) != THE_CLOCK
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Attribute) and _last_two(node) in READS
    ]
    assert not found, "take `now` or `today` as an argument:" + listed(found)


def test_no_row_takes_its_time_from_the_database() -> None:
    found = [
        line
        for path in python_files("portal/models", "migrations")
        for line in lines_with(r"(?i)current_timestamp|current_date|server_default=.*now\(", path)
    ]
    assert not found, listed(found)


def _last_two(node: ast.Attribute) -> str:
    return ".".join(ast.unparse(node).split(".")[-2:])
