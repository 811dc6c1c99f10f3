"""The plain values that travel between the HTTP connection and the rest of the sandbox."""

import json
import secrets
import string
import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

Object = dict[str, Any]

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes
    peer: str


@dataclass
class Answer:
    """One HTTP answer; `keep` cuts the body after so many bytes and then closes the connection."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    keep: int | None = None


class ConnectionDroppedError(Exception):
    """The connection is to be closed without any answer."""


def wall_seconds() -> int:
    """Whole seconds since 1970, from the real clock."""
    return int(wall_time())


def wall_time() -> float:
    """Seconds since 1970 with fractions, from the real clock."""
    return time.time()  # noqa: TID251 - the outside world has its own clock


def new_id(prefix: str, length: int = 24) -> str:
    """A random id such as `pi_3nXq...`."""
    return f"{prefix}_{random_text(length)}"


def random_text(length: int) -> str:
    """Letters and digits, unguessable."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def json_bytes(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
