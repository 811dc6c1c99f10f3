"""HTTP/1.1 with connections that stay open, and that can be cut where a fault says so."""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from sandbox.stripe.wire import Answer, ConnectionDroppedError, Request

Application = Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """A thread a connection. The standard library's server, because werkzeug's closes after every answer."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Connection)

    def note_open(self, connection: socket.socket) -> None:
        """A connection began."""
        with self._open_lock:
            self._open.add(connection)

    def note_closed(self, connection: socket.socket) -> None:
        """A connection ended."""
        with self._open_lock:
            self._open.discard(connection)

    def close_connections(self) -> None:
        """Ends the connections that clients keep open."""
        with self._open_lock:
            for connection in self._open:
                _shut(connection)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body go out in two writes; waiting to join them costs 40 ms.
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.note_open(self.connection)

    def finish(self) -> None:
        self.server.note_closed(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            # A client that went away in the middle is what the tests are about, and nobody's error.
            self.close_connection = True

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        request = Request(self.command, unquote(path), query, self.headers, body, self.client_address[0])
        try:
            self._write(self.server.application(request))
        except ConnectionDroppedError:
            self._drop()

    do_GET = do_POST = do_DELETE = do_OPTIONS = do_HEAD = _answer  # noqa: N815 - names the base class calls

    def _write(self, answer: Answer) -> None:
        head = [
            f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('', ''))[0]}",
            "Server: sandbox-stripe",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        body = b"" if self.command == "HEAD" else answer.body[: answer.keep]
        self.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        if answer.keep is not None:
            self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        _shut(self.connection)

    def log_message(self, *_: Any) -> None:
        """The sandbox keeps its own list of requests."""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
