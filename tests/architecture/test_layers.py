"""Who may import whom: the contracts of pyproject.toml, and the two rooms whose libraries are counted."""

from __future__ import annotations

import ast
import sys

from importlinter.cli import lint_imports

from tests.architecture.tree import ROOT, listed, name, python_files, syntax

RULES_MAY_USE = {"dateutil", "portal"}
FORMS_MAY_USE = {"wtforms", "flask_wtf", "flask_babel", "babel", "email_validator", "portal"}


def test_every_import_contract_is_kept() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` can be imported, but the contracts do not see it."""
    folders = {path.parent for path in python_files("portal", "scheduler", "sandbox")}
    found = [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not found, listed(found)


def test_rules_use_the_standard_library_and_dateutil_only() -> None:
    found = _libraries_beyond("portal/rules", RULES_MAY_USE)
    assert not found, listed(found)


def test_forms_use_wtforms_only() -> None:
    found = _libraries_beyond("portal/forms", FORMS_MAY_USE)
    assert not found, listed(found)


def _libraries_beyond(room: str, allowed: set[str]) -> list[str]:
    return [
        f"{name(path)}:{node.lineno} imports {package}"
        for path in python_files(room)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for package in _imported(node)
        if package not in allowed and package not in sys.stdlib_module_names
    ]


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return ["portal" if node.level or not node.module else node.module.split(".")[0]]
