"""Working through ready attempts: a bounded pool, a pace for each Stripe account; one broken row stops nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.gateways.stripe_answers import StripeRefused
from portal.models import PaymentAttempt
from portal.models.billing.payment import AttemptMode
from portal.rules.states import AttemptStatus
from portal.services.billing import attempts, payments

log = structlog.get_logger()
BATCH = 200


class Pace:
    """At most `rate` requests a second for one account; shared by all workers of this process."""

    def __init__(self, rate: int) -> None:
        self._interval = 1 / rate
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, account: str) -> None:
        """Returns when this account's turn has come."""
        with self._lock:
            turn = max(time.monotonic(), self._next.get(account, 0))
            self._next[account] = turn + self._interval
        time.sleep(max(0, turn - time.monotonic()))


def collect_ready(workers: int, rate: int, lease: timedelta, accounts: Iterable[str]) -> int:
    """Asks for every ready attempt of these accounts; counts the ones that got an answer.

    A revoked key or an outage ends that account's run: nobody is declined, the rest waits for the next run.
    """
    pace, stopped, allowed, answered = Pace(rate), set[str](), set(accounts), 0

    def work(attempt: tuple[UUID, str]) -> int:
        attempt_id, account = attempt
        if account in stopped:
            return 0
        try:
            pace.wait(account)
            return int(payments.collect(attempt_id, lease) is not None)
        except StripeRefused as refused:
            stopped.add(account)
            log.warning("account stopped", account=account, reason=str(refused))
        except Exception:
            log.exception("attempt broke", attempt=str(attempt_id))
        return 0

    tried: set[UUID] = set()
    with ThreadPoolExecutor(workers, thread_name_prefix="collect") as pool:
        while batch := _batch(allowed - stopped, tried):
            tried.update(attempt_id for attempt_id, _ in batch)
            answered += sum(pool.map(work, batch))
    return answered


def waiting_accounts(session: Session) -> set[str]:
    """The accounts with an attempt that waits for a worker."""
    return set(
        session.scalars(
            select(PaymentAttempt.account)
            .where(PaymentAttempt.status == AttemptStatus.READY, PaymentAttempt.mode == AttemptMode.OFF_SESSION)
            .distinct()
        )
    )


def _batch(accounts: set[str], tried: set[UUID]) -> Sequence[tuple[UUID, str]]:
    if not accounts:
        return []
    with db.reading() as session:
        return attempts.ready(session, accounts, tried, BATCH)
