"""The web server of the journeys: one address for a whole run, behind which each test puts its own portal."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """The journeys say what went wrong; a line for each request would hide it."""

    def log(self, *_: object) -> None:
        return None


class Door:
    """A listening server. `application` may be changed at any time; without one it answers 503."""

    def __init__(self) -> None:
        self.application: WSGIApplication | None = None
        self._server: BaseWSGIServer = make_server(HOST, 0, self, threaded=True, request_handler=_Quiet)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="door", daemon=True)
        self._thread.start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        application = self.application
        if application is None:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"No test is running."]
        return application(environ, start_response)

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
