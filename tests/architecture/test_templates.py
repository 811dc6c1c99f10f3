"""Templates compile, refuse unknown values, and get round neither the escaping nor the CSP."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from portal.routes import filters
from tests.architecture.tree import lines_with, listed, name, templates

# Made by ourselves from sanitised Markdown or from our own drawing; nobody's typing reaches them unescaped.
MAY_BE_SAFE: set[str] = set()
LETTERS = "portal/templates/emails/"
INLINE = {
    "script": r"<script(?![^>]*\ssrc=)[^>]*>",
    "style": r"<style\b|\sstyle\s*=",
    "handler": r"\son[a-z]+\s*=\s*[\"']|\shx-on\b|\shx-vals\s*=\s*[\"']js:|javascript:",
}


def test_every_template_compiles_and_refuses_unknown_values() -> None:
    app = Flask("portal")
    filters.init_app(app)
    environment = app.jinja_env
    assert environment.undefined is StrictUndefined
    for template in environment.list_templates(extensions=["html", "txt", "svg", "js", "css"]):
        environment.get_template(template)


def test_nothing_is_marked_safe_outside_the_list() -> None:
    found = [
        line
        for path in templates("portal", "sandbox")
        if name(path) not in MAY_BE_SAFE
        for line in lines_with(r"\|\s*safe\b|autoescape\s+false", path)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("kind", sorted(INLINE))
def test_no_template_holds_what_the_content_security_policy_forbids(kind: str) -> None:
    found = [
        line
        for path in templates("portal", "sandbox")
        if not (kind == "style" and name(path).startswith(LETTERS))
        for line in lines_with(INLINE[kind], path)
    ]
    assert not found, listed(found)
