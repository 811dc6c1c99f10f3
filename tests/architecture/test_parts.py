"""A part is one element with an id, and says in its first line what it needs."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.architecture.tree import listed, name, templates

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
WITHOUT_END = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Outline(HTMLParser):
    """The elements at the top of a document, with their attributes, and the text beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[dict[str, str | None]] = []
        self.loose_text = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))
        if tag not in WITHOUT_END:
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHOUT_END:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth == 0:
            self.loose_text += data.strip()


def test_every_part_says_in_its_first_line_what_it_needs() -> None:
    found = [name(path) for path in _parts() if not re.match(r"\{#-?\s*\S", path.read_text())]
    assert not found, "begin with {# Needs ... #}:" + listed(found)


def test_every_part_is_one_element_with_an_id() -> None:
    found = [f"{name(path)}: {fault}" for path in _parts() if (fault := _fault(path))]
    assert not found, listed(found)


def _parts() -> list[Path]:
    return [path for path in templates("portal", "sandbox") if path.name.startswith("_")]


def _fault(path: Path) -> str:
    outline = Outline()
    # What Jinja would put in is kept as a word, so that an id made of a value counts as one.
    outline.feed(JINJA.sub(lambda match: "" if match[0][1] in "#%" else "value", path.read_text()))
    if len(outline.roots) != 1 or outline.loose_text:
        return f"{len(outline.roots)} elements at its root"
    return "" if outline.roots[0].get("id") else "its root has no id"
