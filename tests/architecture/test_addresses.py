"""Every address stands with its guard on a list that a reviewer sees."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT, listed

CHECKED_IN = ROOT / "tests/architecture/urls.txt"
GUARDS = {"anyone", "patient_only"}
UPDATE = ".venv/bin/python -m tests.architecture.urls > tests/architecture/urls.txt"


@pytest.fixture(scope="module")
def addresses() -> list[str]:
    command = [sys.executable, "-m", "tests.architecture.urls"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


def test_every_route_names_its_guard(addresses: list[str]) -> None:
    assert addresses
    found = [line for line in addresses if line.split()[1] not in GUARDS]
    assert not found, "decorate these with a guard of portal/routes/access.py:" + listed(found)


def test_every_address_is_on_the_list(addresses: list[str]) -> None:
    known = CHECKED_IN.read_text().splitlines()
    changes = [f"+ {line}" for line in addresses if line not in known]
    changes += [f"- {line}" for line in known if line not in addresses]
    assert not changes, f"{listed(changes)}\nIf that is meant: {UPDATE}"


def test_no_address_takes_a_number_for_an_id(addresses: list[str]) -> None:
    found = [line for line in addresses if "<int:" in line]
    assert not found, "ids in addresses are not guessable:" + listed(found)
