"""What the repository must not hold: paths of one machine, addresses in the lock file, silent skips."""

from __future__ import annotations

import re

from tests.architecture.tree import ROOT, all_files, lines_with, listed, name, python_files

FOREIGN_PATHS = [re.escape("/".join(parts)) for parts in (("..", "shared"), ("", "work", ""))]
TEXT = {".py", ".md", ".html", ".txt", ".toml", ".css", ".js", ".sh", ".yml", ".yaml", ".json", ".mako", ""}


def test_nothing_needs_a_folder_outside_the_repository() -> None:
    found = [line for path in all_files() if path.suffix in TEXT for line in lines_with("|".join(FOREIGN_PATHS), path)]
    assert not found, listed(found)


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    lock = ROOT / "requirements.lock"
    found = lines_with(r"://|^\s*--(index-url|extra-index-url|find-links|trusted-host)|@\s*file", lock)
    assert not found, listed(found)
    pinned = [line for line in lock.read_text().splitlines() if line and line[0] not in " #"]
    assert pinned
    found = [line for line in pinned if "==" not in line or not line.endswith("\\")]
    assert not found, "without a version or a hash:" + listed(found)


def test_no_test_is_skipped() -> None:
    found = [
        line
        for path in python_files("tests", "e2e")
        if path.name != "test_repository.py"
        for line in lines_with(r"pytest\.(mark\.)?(skip|skipif|importorskip|xfail)\b", path)
    ]
    assert not found, listed(found)


def test_every_module_opens_with_one_sentence_that_says_what_it_is_for() -> None:
    found = [
        name(path)
        for path in python_files("portal", "scheduler", "sandbox", "migrations", "tests", "e2e")
        if (source := path.read_text().strip()) and not source.startswith(('"""', 'r"""'))
    ]
    assert not found, listed(found)
