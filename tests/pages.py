"""A client that lints every page it opens, and fills forms in as a patient does."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "demo-pass-2026"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "circle", "rect"}


class Page(HTMLParser):
    """What a page holds, as far as the lint asks."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.headings = 0
        self.title = ""
        self.problems: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self._check()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.headings += tag == "h1"
        self.problems += [f"inline {name}" for name in given if name.startswith("on") or name == "style"]
        if tag == "script" and not given.get("src"):
            self.problems.append("inline script")
        if tag == "form":
            self.forms.append(
                {"method": (given.get("method") or "get").lower(), "action": given.get("action"), "fields": {}}
            )
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        if tag in {"input", "select", "textarea"}:
            self._note_control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"] and "svg" not in self._open:
            self.title += data
        self.text.append(data)

    def _note_control(self, tag: str, given: dict[str, str | None]) -> None:
        if self.forms and "form" in self._open and given.get("name"):
            is_unticked = given.get("type") in {"checkbox", "radio"} and "checked" not in given
            if not is_unticked:
                self.forms[-1]["fields"][str(given["name"])] = given.get("value") or ""
        if given.get("type") not in {"hidden", "submit", "button"}:
            self.controls.append(given | {"_in_label": "label" if "label" in self._open else None})

    def _check(self) -> None:
        if self.headings != 1:
            self.problems.append(f"{self.headings} h1")
        if not self.title.strip():
            self.problems.append("no title")
        doubled = {one for one in self.ids if self.ids.count(one) > 1}
        self.problems += [f"id twice: {one}" for one in sorted(doubled)]
        for control in self.controls:
            is_named = control.get("id") in self.labelled or control["_in_label"] or control.get("aria-label")
            if not is_named:
                self.problems.append(f"no label: {control.get('name')}")
        for form in self.forms:
            if form["method"] == "post" and "csrf_token" not in form["fields"]:
                self.problems.append(f"no CSRF token: {form['action']}")

    @property
    def words(self) -> str:
        """The page's text with single spaces."""
        return " ".join(" ".join(self.text).split())


class PageClient(FlaskClient):
    """A browser without scripts: what it opens is linted, what it posts carries the page's token."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        is_page = response.mimetype == "text/html" and response.get_data(as_text=True).lstrip().startswith("<!")
        if is_page:
            problems = Page(response.get_data(as_text=True)).problems
            assert not problems, f"{response.request.path}: {problems}"
        return response

    def token(self, path: str) -> str:
        """The CSRF token that a page hands out."""
        html = self.get(path, follow_redirects=True).get_data(as_text=True)
        for form in Page(html).forms:
            if "csrf_token" in form["fields"]:
                return str(form["fields"]["csrf_token"])
        raise AssertionError(f"no form on {path}")

    def send(
        self, path: str, fields: dict[str, Any] | None = None, token_from: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Posts a form with the token of the page it stands on (by default the address itself)."""
        data = {"csrf_token": self.token(token_from or path)} | (fields or {})
        return self.post(path, data=data, **kwargs)

    def sign_in(self, name: str, slug: str = "lumina") -> PageClient:
        """Signs in with the password of the world's people."""
        fields = {"email": f"{name}@example.com", "password": PASSWORD}
        answer = self.send(f"/{slug}/sign-in", fields)
        assert answer.status_code == 303, Page(answer.get_data(as_text=True)).words[:600]
        return self


def words(response: TestResponse) -> str:
    """A page's text with single spaces."""
    return Page(response.get_data(as_text=True)).words
