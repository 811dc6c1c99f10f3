"""No float near money or dates: neither a literal, nor a call, nor a division that makes one."""

import ast
from pathlib import Path

import pytest

import portal.rules

MODULES = sorted(
    module for folder in portal.rules.__path__ for module in Path(folder).glob("*.py") if module.stem != "colours"
)


def floats(source: str) -> list[int]:
    """The lines on which a float is written, named or made."""
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id in {"float", "Decimal", "round"})
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_rule_knows_no_float(module: Path) -> None:
    assert floats(module.read_text(encoding="utf-8")) == []


def test_the_search_looks_at_the_rules_and_finds_what_it_looks_for() -> None:
    assert {"money", "invoices", "coupons", "days"} <= {module.stem for module in MODULES}
    assert floats("a = 0.5\nb = float(1)\nc = a / b\na /= 2\nd = round(a)") == [1, 2, 3, 4, 5]
