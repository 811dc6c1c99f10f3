"""Webhook delivery: signed, repeated until the receiver answers 2xx, and as badly timed as a test wants."""

import hashlib
import heapq
import hmac
import random
import threading
import time
import urllib.error
import urllib.request
from typing import NamedTuple

from sandbox.stripe.wire import Object, wall_seconds

_WORKERS = 4
_FIRST_PAUSE, _LONGEST_PAUSE, _ATTEMPTS = 0.5, 60.0, 16
_ANSWER_TIMEOUT = 20.0


class Endpoint(NamedTuple):
    """Who is told, and the secret that signs what is told."""

    url: str
    secret: str


class Delivery(NamedTuple):
    """One event on its way to one endpoint."""

    endpoint: Endpoint
    event: bytes
    type: str
    attempt: int = 1


def signature(event: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + event, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Webhooks:
    """The deliveries of one server. Threads start with the first endpoint: without one there are none."""

    def __init__(self) -> None:
        self._endpoints: list[Endpoint] = []
        self._due: list[tuple[float, int, Delivery]] = []
        self._held: list[Delivery] = []
        self._sent: list[Delivery] = []
        self._log: list[Object] = []
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._serial = 0
        self._busy = 0
        self._is_on = True
        self._is_stopped = False
        self._copies = 1
        self._late = 0.0

    def add_endpoint(self, url: str, secret: str) -> None:
        """Tells this address from now on."""
        with self._wake:
            self._endpoints = [one for one in self._endpoints if one.url != url]
            self._endpoints.append(Endpoint(url, secret))
            while len(self._threads) < _WORKERS:
                thread = threading.Thread(target=self._run, name="sandbox-stripe-webhooks", daemon=True)
                self._threads.append(thread)
                thread.start()

    def endpoint_count(self) -> int:
        """How many endpoints are told."""
        return len(self._endpoints)

    def send(self, account: str, event: bytes, type_: str) -> None:
        """Takes an event for delivery; returns at once."""
        if not self._endpoints:
            return
        with self._wake:
            for endpoint in self._endpoints:
                delivery = Delivery(endpoint, event, type_)
                if self._is_on:
                    for _ in range(self._copies):
                        self._queue(delivery, self._late)
                else:
                    self._held.append(delivery)

    def switch(self, *, on: bool) -> None:
        """Off: events are held, until `release`. On: those that come from now on are sent."""
        with self._wake:
            self._is_on = on

    def misbehave(self, *, copies: int = 1, late: float = 0.0) -> None:
        """Every event is sent so many times, so many seconds late. Without arguments: as it should be."""
        with self._wake:
            self._copies, self._late = copies, late

    def release(self, *, shuffled: bool = False) -> int:
        """Sends what was held, in order or shuffled; answers how many."""
        with self._wake:
            held, self._held = self._held, []
            if shuffled:
                random.shuffle(held)
            for delivery in held:
                self._queue(delivery, 0.0)
            return len(held)

    def resend(self) -> int:
        """Sends everything again that was ever received with a 2xx; answers how many."""
        with self._wake:
            for delivery in self._sent:
                self._queue(delivery, 0.0)
            return len(self._sent)

    def wait_until_idle(self, timeout: float = 10.0) -> bool:
        """Waits until nothing is under way; false when the time is over first."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._due and not self._busy, timeout)

    def log(self) -> list[Object]:
        """Each delivery tried: type, url, attempt and the receiver's status (0: no answer)."""
        with self._wake:
            return list(self._log)

    def clear(self) -> None:
        """Forgets deliveries and faults; the endpoints stay."""
        with self._wake:
            for kept in (self._due, self._held, self._sent, self._log):
                kept.clear()
            self._is_on, self._copies, self._late = True, 1, 0.0
            self._wake.notify_all()

    def stop(self) -> None:
        """Ends the threads; what is under way is lost."""
        with self._wake:
            self._is_stopped = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()

    def _queue(self, delivery: Delivery, pause: float) -> None:
        self._serial += 1
        heapq.heappush(self._due, (time.monotonic() + pause, self._serial, delivery))
        self._wake.notify()

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            status = _deliver(delivery)
            with self._wake:
                self._note(delivery, status)
                self._busy -= 1
                self._wake.notify_all()

    def _next(self) -> Delivery | None:
        with self._wake:
            while not self._is_stopped:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._wake.wait(pause)
            return None

    def _note(self, delivery: Delivery, status: int) -> None:
        entry = {
            "type": delivery.type,
            "url": delivery.endpoint.url,
            "attempt": delivery.attempt,
            "status": status,
        }
        self._log.append(entry)
        if 200 <= status < 300:
            self._sent.append(delivery)
        elif delivery.attempt < _ATTEMPTS:
            pause = min(_FIRST_PAUSE * 2 ** (delivery.attempt - 1), _LONGEST_PAUSE)
            self._queue(delivery._replace(attempt=delivery.attempt + 1), pause)


def _deliver(delivery: Delivery) -> int:
    """The receiver's status; 0 when there was no answer. A redirect counts as a refusal, as at Stripe."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(delivery.event, delivery.endpoint.secret, wall_seconds()),
        "User-Agent": "Stripe/1.0 (sandbox)",
    }
    request = urllib.request.Request(delivery.endpoint.url, delivery.event, headers)  # noqa: S310 - set by the operator
    try:
        with _OPENER.open(request, timeout=_ANSWER_TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
