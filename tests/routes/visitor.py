"""A browser without JavaScript: keeps cookies, finds fields by their labels and buttons by their words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form as it stands on the page: what it would send, and the words on it."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The forms of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text = ""
        self._form: Form | None = None
        self._name_of: dict[str, str] = {}
        self._words: list[tuple[str, str, str]] = []
        self._select = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif tag in {"label", "button"}:
            self._words.append((tag, given.get("for", ""), ""))
        elif self._form is not None and tag == "select":
            self._select = given["name"]
            self._name_of[given.get("id", "")] = given["name"]
        elif self._form is not None and tag == "option" and "selected" in given:
            self._form.values[self._select] = given.get("value", "")
        elif self._form is not None and tag == "input" and "name" in given:
            self._input(self._form, given)

    def _input(self, form: Form, given: dict[str, str]) -> None:
        self._name_of[given.get("id", "")] = given["name"]
        if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
            form.values[given["name"]] = given.get("value", "")
        if self._words and not self._words[-1][1]:
            self._words[-1] = (self._words[-1][0], given.get("id", ""), self._words[-1][2])

    def handle_data(self, data: str) -> None:
        self.text += data + " "
        if self._words:
            tag, target, words = self._words[-1]
            self._words[-1] = (tag, target, words + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._end_form()
        elif tag == "button" and self._words and self._form is not None:
            self._form.buttons.append(" ".join(self._words.pop()[2].split()))
        elif tag == "label" and self._words and self._form is not None:
            _, target, words = self._words.pop()
            self._form.names[" ".join(words.replace("(optional)", "").split())] = target

    def _end_form(self) -> None:
        if self._form is not None:
            self._form.names = {
                words: self._name_of[target] for words, target in self._form.names.items() if target in self._name_of
            }
        self._form = None


class Visitor:
    """One browser at one address on the net."""

    def __init__(self, app: Flask, address: str = "203.0.113.7") -> None:
        self.client: FlaskClient = app.test_client()
        self.address = address
        self.response: TestResponse | None = None
        self.at = "/"

    def open(self, path: str) -> Page:
        """Opens an address and follows where it leads."""
        return self._arrive(path, self._ask("GET", path))

    def press(self, button: str, typed: dict[str, str] | None = None, follow: bool = True) -> Page:
        """Fills in the form with this button by its labels, and presses it."""
        form = next(form for form in self.page.forms if button in form.buttons)
        values = form.values | {form.names[label]: text for label, text in (typed or {}).items()}
        target = urljoin(self.at, form.action)
        return self._arrive(target, self._ask("POST", target, values), follow)

    @property
    def page(self) -> Page:
        assert self.response is not None
        return Page(self.response.text)

    @property
    def status(self) -> int:
        assert self.response is not None
        return self.response.status_code

    def _ask(self, method: str, path: str, values: dict[str, str] | None = None) -> TestResponse:
        return self.client.open(path, method=method, data=values, environ_base={"REMOTE_ADDR": self.address})

    def _arrive(self, path: str, response: TestResponse, follow: bool = True) -> Page:
        while follow and response.status_code in {302, 303}:
            path = re.sub(r"^http://[^/]+", "", response.headers["Location"])
            response = self._ask("GET", path)
        self.at, self.response = path, response
        return self.page
