"""Cards that die: asked again on days 1, 3, 7 and 14, recovered, given up, or ended by the patient."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import update

from portal import clock, db
from portal.models import Programme
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import arrears
from portal.services.billing.on_session import Paid
from portal.services.clinic import clinics, plans
from portal.services.membership import cancel
from tests.browser import confirm_payment
from tests.scenarios.books import amounts, attempts, days, drawn_for, invoices
from tests.world import LEASE, World


def member(world: World, *outcomes: str, name: str = "dan", draw_day: int = 31) -> UUID:
    """A member of glow since 31 January whose next draws answer as scripted."""
    world.arrive(name)
    membership_id = world.join(name, "glow", draw_day=draw_day)
    card = world.membership(membership_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, list(outcomes))
    return membership_id


def live(world: World, *on: str) -> None:
    """Jumps from day to day; jobs run on each."""
    for day in on:
        world.go_to(day)
        world.run_jobs()


def asked_on(membership_id: UUID) -> list[str]:
    """The days on which Stripe was asked."""
    return [attempt.created_at.date().isoformat() for attempt in attempts(membership_id)]


def kinds(world: World) -> list[str]:
    return [letter.kind for letter in world.letters()]


NO = "insufficient_funds"


def test_a_card_that_dies_is_asked_on_days_1_3_7_and_14_and_the_membership_ends(world: World) -> None:
    dan = member(world, *[NO] * 9)
    world.go_to("2027-02-27")
    world.advance_to("2027-03-20")
    assert asked_on(dan) == ["2027-01-31", "2027-02-28", "2027-03-01", "2027-03-03", "2027-03-07", "2027-03-14"]
    ended = world.membership(dan)
    assert (ended.status, ended.ended_on) == (MembershipStatus.ENDED, date(2027, 3, 14))
    assert amounts(world) == [9900]
    assert kinds(world) == ["welcome", *["declined"] * 5, "ended_for_non_payment"]
    assert days(dan)[-1] == ("2027-02-28", "2027-03-30", "unpaid")


def test_a_card_that_recovers_within_the_period_keeps_the_draw_day(world: World) -> None:
    dan = member(world, NO, NO)
    live(world, "2027-02-28", "2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04", "2027-03-31")
    assert drawn_for(world) == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert asked_on(dan) == ["2027-01-31", "2027-02-28", "2027-03-01", "2027-03-03", "2027-03-31"]
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert world.membership(dan).next_draw_on == date(2027, 4, 30)
    assert kinds(world) == ["welcome", "declined", "declined", "renewed", "renewed"]


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "expired_card", f"{NO}/do_not_try_again"])
def test_a_hard_decline_is_never_asked_again(world: World, code: str) -> None:
    dan = member(world, *[code] * 9)
    live(world, "2027-02-28", "2027-03-01", "2027-03-03", "2027-03-07", "2027-03-13")
    assert asked_on(dan) == ["2027-01-31", "2027-02-28"]
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    live(world, "2027-03-14")
    assert world.membership(dan).status == MembershipStatus.ENDED
    assert kinds(world) == ["welcome", "declined", "ended_for_non_payment"]


def test_a_hard_decline_is_mended_by_a_new_card_at_once(world: World) -> None:
    dan = member(world, *["lost_card"] * 9)
    live(world, "2027-02-28", "2027-03-05")
    pay_at_the_page(world, dan, 9900, card="pm_card_mastercard")
    live(world, "2027-03-07", "2027-03-31")
    assert amounts(world) == [9900, 9900, 9900]
    assert kinds(world) == ["welcome", "declined", "card_updated", "renewed", "renewed"]


def pay_at_the_page(world: World, membership_id: UUID, cents: int, card: str = "pm_card_visa") -> None:
    """The patient pays the arrears with a new card."""
    outcome = arrears.prepare(membership_id, world.clinic().id, None, cents, LEASE)
    confirm_payment(world.stripe.url, outcome.client_secret, card)  # type: ignore[union-attr]
    assert arrears.finish(membership_id, world.clinic().id) == Paid()


def test_a_draw_that_needs_its_patient_waits_and_counts_as_declined_on_the_next_dunning_day(world: World) -> None:
    dan = member(world, "authentication_required", "succeed")
    live(world, "2027-02-28")
    assert attempts(dan)[-1].status == AttemptStatus.NEEDS_PATIENT
    world.sweep_until_quiet()
    assert len(attempts(dan)) == 2
    live(world, "2027-03-01")
    assert [attempt.status.value for attempt in attempts(dan)] == ["succeeded", "declined", "succeeded"]
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert kinds(world) == ["welcome", "declined", "renewed"]


def test_arrears_after_the_period_are_written_off_and_a_prorated_period_begins(world: World) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(dunning_ends_membership=False))
    dan = member(world, *[NO] * 9)
    live(world, "2027-02-28", "2027-03-01", "2027-03-03", "2027-03-07", "2027-03-14", "2027-03-31", "2027-04-10")
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    # 10 to 29 April: 20 of the 30 days from 31 March to 29 April.
    pay_at_the_page(world, dan, 6600)
    assert [invoice.status.value for invoice in invoices(dan)] == ["paid", "written_off", "paid"]
    assert days(dan)[-1] == ("2027-04-10", "2027-04-29", "paid")
    live(world, "2027-04-11", "2027-04-30")
    assert amounts(world) == [9900, 6600, 9900]
    assert drawn_for(world)[-1] == "2027-04-30"


def test_cancelling_while_past_due_ends_at_once_and_stops_dunning(world: World) -> None:
    dan = member(world, NO, "succeed")
    live(world, "2027-02-28")
    cancel.cancel(dan, world.clinic().id, "moving", clock.now())
    assert world.membership(dan).status == MembershipStatus.ENDED
    live(world, "2027-03-01", "2027-03-03", "2027-03-31")
    assert amounts(world) == [9900]
    assert kinds(world) == ["welcome", "declined", "cancellation_confirmed"]


def test_a_patient_of_another_clinic_is_not_touched(world: World) -> None:
    dan = member(world, *[NO] * 9)
    world.arrive("nora", "harbor")
    with db.reading() as session:
        harbor = clinics.by_slug(session, "harbor")
        assert harbor is not None
        plan = plans.offered(session, harbor, world.today("harbor"))[0].slug
    nora = world.join("nora", plan, draw_day=31)
    live(world, "2027-02-28", "2027-03-01", "2027-03-03", "2027-03-07", "2027-03-14")
    assert world.membership(dan).status == MembershipStatus.ENDED
    assert world.membership(nora).status == MembershipStatus.ACTIVE
    assert len([one for one in attempts(nora) if one.status == AttemptStatus.SUCCEEDED]) == 2
