"""What others wrote and we ship is what the manifest says, to the byte, with its licence."""

import hashlib
import json
from pathlib import Path

import pytest

PORTAL = Path(__file__).parents[2] / "portal"
VENDOR = PORTAL / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["name"])
def test_a_vendored_file_is_the_one_of_the_manifest(entry: dict[str, str]) -> None:
    assert hashlib.sha256((PORTAL / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["name"])
def test_a_vendored_file_comes_with_its_licence(entry: dict[str, str]) -> None:
    assert entry["version"]
    assert entry["licence"]
    assert (VENDOR / entry["licence_file"]).stat().st_size > 0


def test_nothing_vendored_is_missing_from_the_manifest() -> None:
    named = {PORTAL / entry["file"] for entry in MANIFEST} | {VENDOR / entry["licence_file"] for entry in MANIFEST}
    assert set(VENDOR.iterdir()) - named == {VENDOR / "manifest.json"}
