"""Idempotency keys: the first answer is stored, 500s included, and given again for 24 hours."""

import threading
from typing import NamedTuple

from sandbox.stripe.errors import ApiError
from sandbox.stripe.state import State
from sandbox.stripe.wire import wall_time

LIFE_SECONDS = 24 * 3600


class Stored(NamedTuple):
    """An answer given before."""

    status: int
    body: bytes


class Keys:
    """The keys of one server. Its clock can be put forward, so that a test need not wait a day."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._in_flight: set[str] = set()
        self._lock = threading.Lock()
        self._ahead = 0.0

    def begin(self, name: str, path: str, fingerprint: str) -> Stored | None:
        """The stored answer, or None and the key is taken until `finish`.

        Raises ApiError 400 when the key was used for something else, 409 while its first request still runs.
        """
        with self._lock, self._state.lock:
            known = self._state.answered.get(name)
            if known and self._now() - known["at"] < LIFE_SECONDS:
                _refuse_other_use(name, known, path, fingerprint)
                return Stored(known["status"], known["body"].encode())
            if name in self._in_flight:
                raise _in_use()
            self._in_flight.add(name)
            return None

    def finish(self, name: str, path: str, fingerprint: str, answer: Stored | None) -> None:
        """Stores the answer and frees the key; None stores nothing (no endpoint began to run)."""
        with self._lock, self._state.lock:
            self._forget_old()
            if answer:
                self._state.answered[name] = {
                    "at": self._now(),
                    "path": path,
                    "fingerprint": fingerprint,
                    "status": answer.status,
                    "body": answer.body.decode(),
                }
                self._state.changed.set()
            self._in_flight.discard(name)

    def put_forward(self, seconds: float) -> None:
        """Ages every stored key by so many seconds."""
        self._ahead += seconds

    def _forget_old(self) -> None:
        answered = self._state.answered
        while answered and self._now() - answered[oldest := next(iter(answered))]["at"] >= LIFE_SECONDS:
            del answered[oldest]

    def _now(self) -> float:
        return wall_time() + self._ahead


def _refuse_other_use(name: str, known: dict, path: str, fingerprint: str) -> None:
    key = name.partition(":")[2]
    if known["path"] != path:
        wanted = f"for the same endpoint they were first used for ('{known['path']}' vs '{path}')"
    elif known["fingerprint"] != fingerprint:
        wanted = "with the same parameters they were first used with"
    else:
        return
    message = (
        f"Keys for idempotent requests can only be used {wanted}. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    raise ApiError(400, {"message": message, "type": "idempotency_error"})


def _in_use() -> ApiError:
    message = (
        "There is currently another in-progress request using this Idempotent Key "
        "(that probably means you submitted twice, and the other request is still going through)."
    )
    return ApiError(409, {"message": message, "type": "idempotency_error", "code": "idempotency_key_in_use"})
