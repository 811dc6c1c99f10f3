"""A webhook receiver for the tests: keeps what it was sent and answers what it is told to."""

from __future__ import annotations

import json
import threading
from typing import Any

from sandbox.stripe.connection import Server
from sandbox.stripe.wire import Answer, Request


class Receiver:
    """Listens on a free port; `answers` are the next statuses, 200 once they are used up."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        self._server = Server(("127.0.0.1", 0), self._take)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/stripe"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def _take(self, request: Request) -> Answer:
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.received.append((request.body, request.headers["Stripe-Signature"]))
        return Answer(status, b"")

    def types(self) -> list[str]:
        """The types of the events received."""
        return [event["type"] for event in self.events()]

    def events(self) -> list[Any]:
        """The events received."""
        return [json.loads(body) for body, _ in self.received]

    def stop(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
