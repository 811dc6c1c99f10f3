"""Arrears at awkward moments: a page left open, a period that is over, a payment ended by somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.models import Membership, PaymentAttempt, Programme
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import arrears, dunning, settlement
from portal.services.billing.on_session import Confirm, Paid
from tests.scenarios.books import amounts, assert_books_are_right, attempts, days, invoices
from tests.services.billing.test_one_payment_at_a_time import due, past_due
from tests.world import LEASE, World

NO = "insufficient_funds"


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def live(world: World, *on: str) -> None:
    """Jumps from day to day; jobs run on each."""
    for day in on:
        world.go_to(day)
        world.run_jobs()


def test_a_page_left_open_does_not_end_the_dunning_that_it_interrupted(world: World) -> None:
    dan = past_due(world, NO, NO)
    world.go_to("2027-03-01")
    assert dunning.open_due(world.clinic().id, clock.now()) == 1
    assert isinstance(arrears.prepare(dan, world.clinic().id, None, 9900, LEASE), Confirm)
    world.go_to("2027-03-02")
    world.sweep_until_quiet()
    live(world, "2027-03-03", "2027-03-07")
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert amounts(world) == [9900, 9900]


def test_a_page_left_open_after_the_period_does_not_keep_the_membership_past_due_for_ever(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    card = world.membership(dan).card
    assert card is not None
    world.stripe.script(card.payment_method_id, [NO] * 12)
    # Nothing ran until five days before the period's end; its dunning reaches beyond.
    live(world, "2027-03-25", "2027-03-26", "2027-03-28")
    world.go_to("2027-03-31")
    owed = 9900
    assert isinstance(arrears.prepare(dan, world.clinic().id, None, owed, LEASE), Confirm)
    world.go_to("2027-04-01")
    world.sweep_until_quiet()
    world.advance_to("2027-05-01")
    assert world.membership(dan).status == MembershipStatus.ENDED


def test_arrears_too_small_to_charge_are_recorded_as_waived(world: World) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(dunning_ends_membership=False))
    dan = past_due(world, *[NO] * 12)
    live(world, "2027-03-01", "2027-03-03", "2027-03-07", "2027-03-14")
    with db.begin() as session:
        session.execute(update(Membership).values(fee_cents=900))
    world.go_to("2027-04-29")
    assert arrears.prepare(dan, world.clinic().id, None, 0, LEASE) == Paid()
    assert invoices(dan)[-1].status.value == "waived"
    assert days(dan)[-1] == ("2027-04-29", "2027-04-29", "waived")


def test_a_payment_ended_in_the_dashboard_counts_as_declined(world: World) -> None:
    dan = due(world)
    attempt = attempts(dan)[-1]
    with db.begin() as session:
        session.execute(
            update(PaymentAttempt)
            .where(PaymentAttempt.id == attempt.id)
            .values(status=AttemptStatus.SENT, claimed_until=clock.wall_now() + timedelta(days=1))
        )
        customer = session.get_one(PaymentAttempt, attempt.id).customer_id
    made = stripe_gateway.prepare_payment(
        "", "key-x", stripe_gateway.Charge(9900, "USD", customer, None, {"attempt": str(attempt.id)}, False)
    )
    canceled = stripe_gateway.cancel_payment("", made.id)
    with db.begin() as session:
        settlement.settle(session, attempt.id, canceled, clock.now(), "stripe")
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    live(world, "2027-03-01")
    assert amounts(world) == [9900, 9900]
    assert world.membership(dan).next_draw_on == date(2027, 3, 31)
