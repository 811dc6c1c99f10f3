"""Money is whole cents: nothing in the product makes a float of it."""

from __future__ import annotations

import ast

from tests.architecture.tree import PRODUCT, lines_with, listed, name, python_files, syntax, templates

CENTS_IN_A_UNIT = 100
NOT_MONEY = {"portal/rules/colours.py"}


def test_no_float_is_made_and_nothing_is_divided_by_100() -> None:
    found = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files(*PRODUCT)
        if name(path) not in NOT_MONEY
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call | ast.BinOp) and (_makes_float(node) or _divides_by_100(node))
    ]
    assert not found, "cents stay int; the filter `cents` shows them:" + listed(found)


def test_no_rule_or_model_speaks_of_floats() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("portal/rules", "portal/models")
        if name(path) not in NOT_MONEY
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Name) and node.id in {"float", "Float", "REAL"}
    ]
    assert not found, listed(found)


def test_no_template_divides() -> None:
    division = r"\{[{%][^}]*(/\s*100\b|\|\s*float\b)"
    found = [line for path in templates("portal") for line in lines_with(division, path)]
    assert not found, listed(found)


def _makes_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"


def _divides_by_100(node: ast.AST) -> bool:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
        return False
    return isinstance(node.right, ast.Constant) and node.right.value == CENTS_IN_A_UNIT
