"""Files and functions stay small enough to read in one go."""

from __future__ import annotations

from tests.architecture.tree import PRODUCT, ROOMS, functions, listed, name, python_files

# A migration is a list of tables, read once from top to bottom.
ROOMS_OF_FUNCTIONS = (*PRODUCT, "sandbox", "tests", "e2e")
MOST_LINES = 300
MOST_LINES_OF_NINE_IN_TEN = 200
MOST_LINES_OF_A_FUNCTION = 50


def test_no_file_is_longer_than_300_lines() -> None:
    found = [f"{file}: {lines} lines" for file, lines in _lengths().items() if lines > MOST_LINES]
    assert not found, "split these by noun:" + listed(found)


def test_nine_files_in_ten_have_at_most_200_lines() -> None:
    lengths = sorted(_lengths().values())
    assert lengths[int(len(lengths) * 0.9)] <= MOST_LINES_OF_NINE_IN_TEN


def test_no_function_is_longer_than_50_lines() -> None:
    found = [
        f"{name(path)}:{function.lineno} {function.name}: {length} lines"
        for path in python_files(*ROOMS_OF_FUNCTIONS)
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not found, listed(found)


def _lengths() -> dict[str, int]:
    return {name(path): len(path.read_text().splitlines()) for path in python_files(*ROOMS)}
