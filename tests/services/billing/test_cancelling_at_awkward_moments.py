"""Cancelling at awkward moments: a crash between two steps, a refusal, a downtime, a draw on its way."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import update

from portal import clock, db
from portal.models import Programme
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import renewals
from portal.services.membership import cancel
from tests.scenarios.books import amounts, assert_books_are_right, attempts, days, invoices
from tests.services.billing.test_one_payment_at_a_time import due
from tests.world import World

CHARGE = ("POST", "/v1/payment_intents")


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def test_a_crash_while_cancelling_does_not_leave_a_draw_that_nobody_asks_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dan = due(world)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(cancel, "preview", crash)
        with pytest.raises(KeyboardInterrupt):
            cancel.cancel(dan, world.clinic().id, "", clock.now())
    world.run_jobs()
    assert amounts(world) == [9900, 9900]


def test_a_cancellation_that_is_refused_takes_no_draw_back(world: World) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(patients_may_cancel=False))
    dan = due(world)
    with pytest.raises(cancel.NotCancellable):
        cancel.cancel(dan, world.clinic().id, "", clock.now())
    world.run_jobs()
    assert amounts(world) == [9900, 9900]


def test_cancelled_and_undone_before_the_draw_after_a_downtime_the_draw_is_still_made(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    world.go_to("2027-04-09")
    clinic_id = world.clinic().id
    renewals.open_due(clinic_id, clock.now())
    cancel.cancel(dan, clinic_id, "", clock.now())
    with db.begin() as session:
        cancel.undo(session, dan, clinic_id, clock.now())
    world.run_jobs()
    assert amounts(world) == [9900, 9900]
    assert [day for day in days(dan) if day[2] == "skipped"] == [("2027-02-28", "2027-03-30", "skipped")]


def vip_on_its_way_when_cancelled(world: World, outcome: str) -> UUID:
    """A vip, committed for six months, cancels while the second draw is unanswered; then the bank says no."""
    world.arrive("dan")
    dan = world.join("dan", "vip", draw_day=31)
    card = world.membership(dan).card
    assert card is not None
    world.stripe.script(card.payment_method_id, [outcome, "succeed"])
    world.go_to("2027-02-28")
    world.stripe.add_fault("drop_before", *CHARGE, None)
    world.run_jobs()
    world.stripe.clear_faults()
    assert attempts(dan)[-1].status == AttemptStatus.SENT
    cancel.cancel(dan, world.clinic().id, "", clock.now())
    world.sweep_until_quiet()
    assert world.membership(dan).status == MembershipStatus.ENDED
    return dan


def test_the_fee_of_a_commitment_is_asked_for_when_a_declined_draw_ends_a_cancelled_membership(world: World) -> None:
    dan = vip_on_its_way_when_cancelled(world, "insufficient_funds")
    assert [invoice.status.value for invoice in invoices(dan)] == ["paid", "written_off", "paid"]
    assert amounts(world) == [39900, 20000]


def test_a_draw_of_a_cancelled_membership_does_not_wait_for_its_patient(world: World) -> None:
    dan = vip_on_its_way_when_cancelled(world, "authentication_required")
    assert not [one for one in attempts(dan) if one.status == AttemptStatus.NEEDS_PATIENT]


def test_the_confirmation_of_a_cancellation_names_its_fee(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "vip", draw_day=31)
    cancel.cancel(dan, world.clinic().id, "", clock.now())
    assert "$200.00" in world.letters("cancellation_confirmed")[0].text_body
