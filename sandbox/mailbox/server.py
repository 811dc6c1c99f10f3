"""Starts and stops the mailbox: the SMTP listener and the page over one store."""

import threading
from functools import partial
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.mailbox.letter import Letter
from sandbox.mailbox.listener import HOST, Faults, Listener, Reception
from sandbox.mailbox.pages import create_pages
from sandbox.mailbox.store import Store


class RunningMailbox:
    """A mailbox that listens. Stop it, or use it in a `with`."""

    def __init__(self, store: Store, smtp_port: int, http_port: int) -> None:
        self._store = store
        self._faults = Faults()
        self._reception = Reception(store, self._faults)
        self._listener: Listener | None = Listener(self._reception, smtp_port)
        self._listener.start()
        self.smtp_port: int = self._listener.port
        try:
            self._http = _start_pages(store, http_port)
        except (OSError, SystemExit):  # Werkzeug exits where a port is taken
            self._listener.stop()
            raise
        self.url: str = f"http://{HOST}:{self._http.server_port}"

    def letters(self) -> list[Letter]:
        """All letters kept, oldest first."""
        return self._store.letters()

    def clear(self) -> None:
        """Forget all letters and all faults."""
        self._store.clear()
        self._faults.clear()

    def refuse(self, count: int) -> None:
        """The next `count` messages are answered 451 (come back later) and not kept."""
        self._faults.refuse(count)

    def refuse_address(self, address: str) -> None:
        """From now on this address is answered 550 (no such mailbox)."""
        self._faults.refuse_address(address)

    def drop_after(self, count: int) -> None:
        """The next `count` messages are kept, but the sender's connection ends before it hears 250."""
        self._faults.drop_after(count)

    def down(self) -> None:
        """Close the port and cut every open connection; letters stay. Twice is as good as once."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def up(self) -> None:
        """Listen again on the same port. Twice is as good as once."""
        if self._listener is None:
            self._listener = Listener(self._reception, self.smtp_port)
            self._listener.start()

    def stop(self) -> None:
        """Close both ports and wait for their threads."""
        self.down()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> "RunningMailbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Quiet(WSGIRequestHandler):
    """Requests are not worth a line each in the demo's terminal."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return None


def start(smtp_port: int = 0, http_port: int = 0, folder: Path | str | None = None) -> RunningMailbox:
    """Start a mailbox on loopback; port 0 is any free one. Raises OSError where a port is taken.

    With a folder every letter is also a .eml file there, and the letters found in it are listed again.
    """
    return RunningMailbox(Store(Path(folder) if folder is not None else None), smtp_port, http_port)


def _start_pages(store: Store, port: int) -> BaseWSGIServer:
    http = make_server(HOST, port, create_pages(store), threaded=True, request_handler=_Quiet)
    serve = partial(http.serve_forever, poll_interval=0.05)
    threading.Thread(target=serve, name="mailbox-pages", daemon=True).start()
    return http
