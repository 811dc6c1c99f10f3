"""An attempt that somebody else settles while Stripe is asked about it: what was settled stands."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import Intent
from portal.models import PaymentAttempt
from portal.rules.states import AttemptStatus
from portal.services.billing import attempts, payments, settlement
from portal.services.billing.settlement import Settled
from tests.scenarios.books import amounts, assert_books_are_right
from tests.scenarios.books import attempts as attempts_of
from tests.services.billing.test_one_payment_at_a_time import due
from tests.world import LEASE, World


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def lost_in_flight(world: World) -> PaymentAttempt:
    """A draw that was claimed an hour ago; nobody knows what became of it."""
    attempt = attempts_of(due(world))[-1]
    with db.begin() as session:
        assert attempts.claim(session, attempt.id, clock.wall_now() - LEASE * 2, clock.now(), LEASE)
    return attempt


@pytest.fixture
def listed_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is read, then the payment arrives at Stripe and its answer is settled by its own worker."""

    def listed(account: str, _customer: str, attempt_id: UUID) -> Intent | None:
        with db.reading() as session:
            attempt = session.get_one(PaymentAttempt, attempt_id)
            key, wanted = attempt.key, attempts.charge_of(session, attempt)
        intent = stripe_gateway.charge(account, key, wanted)
        with db.begin() as session:
            settlement.settle(session, attempt_id, intent, clock.now(), "scheduler")
        return None

    monkeypatch.setattr(payments, "listed", listed)


def test_taking_back_says_that_it_was_paid(world: World, listed_too_early: None) -> None:
    attempt = lost_in_flight(world)
    assert payments.cancel_open(attempt.id, "patient") is Settled.SUCCEEDED
    assert attempts_of(attempt.membership_id)[-1].status == AttemptStatus.SUCCEEDED


def test_the_sweep_opens_nothing_after_a_decline_of_meanwhile(world: World, listed_too_early: None) -> None:
    attempt = lost_in_flight(world)
    world.stripe.script(attempt.payment_method_id or "", ["insufficient_funds", "succeed"])
    with db.begin() as session:
        session.get_one(PaymentAttempt, attempt.id).is_key_spent = True
    assert payments.sweep_unanswered(LEASE) == 1
    assert [one.number for one in attempts_of(attempt.membership_id)] == [1, 1]
    assert amounts(world) == [9900]
