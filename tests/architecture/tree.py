"""The repository's own files, for tests that read the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("portal", "scheduler")
ROOMS = (*PRODUCT, "sandbox", "tests", "e2e", "migrations")
KEPT_OUT = {".git", ".venv", "var", "__pycache__", "node_modules", "test-results"}


def python_files(*rooms: str) -> list[Path]:
    """Every Python file of these rooms, in order."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def templates(*rooms: str) -> list[Path]:
    """Every page, part, component and letter of these rooms, in order."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.html"))


def all_files() -> Iterator[Path]:
    """Every file that belongs to the repository, below its folders without those that tools make."""
    for path in sorted(ROOT.iterdir()):
        if path.name in KEPT_OUT or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        inside = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in inside if file.is_file() and not KEPT_OUT & set(file.parts))


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(), filename=str(path))


def name(path: Path) -> str:
    """The path as a reader would type it, from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones included."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_with(pattern: str, path: Path) -> list[str]:
    """`file:line: text` for each line of a text file that the pattern matches."""
    wanted = re.compile(pattern)
    lines = enumerate(path.read_text().splitlines(), 1)
    return [f"{name(path)}:{number}: {line.strip()}" for number, line in lines if wanted.search(line)]


def listed(found: list[str]) -> str:
    """Findings one a line, for the message of an assertion."""
    return "\n" + "\n".join(found)
