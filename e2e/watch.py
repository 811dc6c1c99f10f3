"""What no journey may show: an error in the console, a request to a stranger, a broken policy."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

ANSWERED = re.compile(r"the server responded with a status of (\d{3})")
WITHOUT_HOST = {"data", "blob", "about"}


class Watch:
    """Notes what goes wrong in a test's browsers; `expected` are statuses that the test itself provokes."""

    def __init__(self, *origins: str) -> None:
        self._origins = set(origins)
        self._console: list[str] = []
        self._faults: list[str] = []
        self._expected_texts: list[str] = []
        self.expected: set[int] = set()

    def over(self, context: BrowserContext) -> None:
        """Watches every page and frame of a browser."""
        context.on("console", self._note_console)
        context.on("weberror", self._note_error)
        context.on("request", self._note_request)

    def expect_text(self, text: str) -> None:
        """A message of the console with this text is part of the test."""
        self._expected_texts.append(text)

    def faults(self) -> list[str]:
        """All that was noted and not expected."""
        return self._faults + [text for text in self._console if not self._is_expected(text)]

    def _is_expected(self, text: str) -> bool:
        answered = ANSWERED.search(text)
        if answered and int(answered[1]) in self.expected:
            return True
        return any(wanted in text for wanted in self._expected_texts)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._console.append(f"console {message.type}: {message.text} ({message.location['url']})")

    def _note_error(self, error: WebError) -> None:
        self._faults.append(f"script: {error.error}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in WITHOUT_HOST and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self._faults.append(f"a request to a stranger: {request.url}")
