"""The SMTP listener: takes letters into the store, and misbehaves on request as real mail servers do."""

import asyncio
import socket
import threading
from collections.abc import Awaitable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox.store import Store

HOST = "127.0.0.1"


class Faults:
    """What goes wrong next. Counters count messages and run out by themselves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals = 0
        self._drops = 0
        self._addresses: set[str] = set()

    def refuse(self, count: int) -> None:
        """The next `count` messages get a 451: come back later."""
        with self._lock:
            self._refusals = count

    def refuse_address(self, address: str) -> None:
        """Letters to this address get a 550 for good, whatever its case."""
        with self._lock:
            self._addresses.add(address.casefold())

    def drop_after(self, count: int) -> None:
        """The next `count` messages are kept, but the connection ends before the sender hears 250."""
        with self._lock:
            self._drops = count

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._refusals = self._drops = 0
            self._addresses.clear()

    def is_refused(self, address: str) -> bool:
        """Whether letters to this address are refused for good."""
        with self._lock:
            return address.casefold() in self._addresses

    def take_refusal(self) -> bool:
        """Use up one refusal, if one is left."""
        with self._lock:
            self._refusals, due = max(self._refusals - 1, 0), self._refusals > 0
            return due

    def take_drop(self) -> bool:
        """Use up one dropped connection, if one is left."""
        with self._lock:
            self._drops, due = max(self._drops - 1, 0), self._drops > 0
            return due


class Reception:
    """What aiosmtpd asks at each step of a delivery."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store = store
        self.faults = faults

    async def receive_address(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or refuse it for good."""
        if self.faults.is_refused(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def receive_message(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message, or fail in the way that was asked for."""
        if self.faults.take_refusal():
            return "451 4.3.0 Try again later"
        content = envelope.original_content or b""
        self.store.add(tuple(envelope.rcpt_tos), content)
        if self.faults.take_drop() and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 OK"

    # aiosmtpd looks for its hooks by these names.
    handle_RCPT = receive_address  # noqa: N815
    handle_DATA = receive_message  # noqa: N815


class Listener(Controller):
    """aiosmtpd's controller over a port that is already ours, so that 0 can mean any free one."""

    def __init__(self, handler: Reception, port: int) -> None:
        """Take the port. Raises OSError where it is taken."""
        self._socket = _bound(port)
        super().__init__(handler, hostname=HOST, port=self._socket.getsockname()[1])

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound
