"""Coupons, annual plans, starts at nothing and downtimes, over months: the cents and days of every draw."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import update

from portal import clock, db
from portal.models import Coupon, Enrollment
from portal.models.membership.enrollment import EnrollmentStatus
from portal.rules.calendar import Frequency
from portal.rules.states import MembershipStatus
from portal.services.billing.on_session import Confirm
from portal.services.membership import cancel, enrollment_payment
from tests.browser import confirm_payment
from tests.scenarios.books import amounts, attempts, days, drawn_for, invoices
from tests.world import LEASE, World


def live(world: World, *on: str) -> None:
    """Jumps from day to day; jobs run on each."""
    for day in on:
        world.go_to(day)
        world.run_jobs()


def change_coupon(code: str, **changed: object) -> None:
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == code).values(**changed))


# 10 to 24 February are 15 of the 31 days from 25 January: 9900 x 15 / 31 = 4790.
COUPONS = {
    None: [4790, 9900, 9900, 9900, 9900],
    "SPRING20": [3832, 7920, 7920, 7920, 9900],
    "FOREVER10": [4311, 8910, 8910, 8910, 8910],
    "WELCOME100": [4690, 9900, 9900, 9900],
    "OLD2020": [4790, 7425, 9900, 9900, 9900],
}


@pytest.mark.parametrize("code", COUPONS)
def test_each_kind_of_coupon_after_a_prorated_start(world: World, code: str | None) -> None:
    change_coupon("OLD2020", expires_on=None)
    world.go_to("2027-02-10")
    world.arrive("dan")
    world.join("dan", "glow", draw_day=25, coupon=code)
    live(world, "2027-02-25", "2027-03-25", "2027-04-25", "2027-05-25")
    assert amounts(world) == COUPONS[code]


def test_a_single_use_coupon_worth_more_than_the_fee_keeps_its_rest(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31, coupon="WELCOME100")
    assert amounts(world) == []
    assert attempts(dan) == []
    live(world, "2027-02-28", "2027-03-31")
    assert amounts(world) == [9800, 9900]


def test_a_start_below_the_minimum_charge_is_waived_and_recorded_as_such(world: World) -> None:
    change_coupon("WELCOME100", amount=9870)
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31, coupon="WELCOME100")
    assert (amounts(world), invoices(dan)[0].status.value) == ([], "waived")
    assert days(dan) == [("2027-01-31", "2027-02-27", "waived")]
    live(world, "2027-02-28")
    assert amounts(world) == [9900]


def test_an_annual_plan_begun_on_29_february_keeps_its_day(world: World) -> None:
    world.go_to("2028-02-29")
    world.arrive("dan")
    world.join("dan", "radiance", frequency=Frequency.YEAR)
    live(world, "2029-02-27", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-28", "2032-02-29")
    assert drawn_for(world) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    assert amounts(world) == [204000, 199000, 199000, 199000, 199000]


def test_fourteen_months_on_the_31st_through_a_leap_february(world: World) -> None:
    world.go_to("2027-12-31")
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    draws = [f"2028-{month:02}-{day}" for month, day in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)]
    for draw_on in [*draws, "2029-01-31"]:
        live(world, str(date.fromordinal(date.fromisoformat(draw_on).toordinal() - 1)), draw_on)
    assert drawn_for(world) == ["2027-12-31", *draws, "2029-01-31"]
    assert amounts(world) == [9900] * 14
    found = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last, _ in days(dan)]
    assert all((later[0] - earlier[1]).days == 1 for earlier, later in pairwise(found))
    assert len(world.letters("renewed")) == 13


@pytest.mark.parametrize(("back_on", "paid"), [("2027-03-01", "2027-02-28"), ("2027-03-03", "2027-02-28")])
def test_a_short_downtime_draws_late_and_keeps_the_anchor(world: World, back_on: str, paid: str) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    live(world, back_on, "2027-03-31")
    assert drawn_for(world) == ["2027-01-31", paid, "2027-03-31"]
    assert "skipped" not in [state for _, _, state in days(dan)]


def test_forty_days_down_draw_the_current_period_once_and_list_the_skipped_one(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    live(world, "2027-04-09", "2027-04-09", "2027-04-10")
    assert drawn_for(world) == ["2027-01-31", "2027-03-31"]
    assert days(dan)[1:] == [("2027-02-28", "2027-03-30", "skipped"), ("2027-03-31", "2027-04-29", "paid")]
    live(world, "2027-04-30")
    assert amounts(world) == [9900] * 3


def test_forty_days_down_while_past_due_ask_only_for_what_is_left(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    card = world.membership(dan).card
    assert card is not None
    world.stripe.script(card.payment_method_id, ["insufficient_funds"])
    live(world, "2027-02-28", "2027-04-10", "2027-04-10", "2027-04-11")
    assert amounts(world) == [9900, 6600]
    assert days(dan)[1:] == [("2027-02-28", "2027-03-30", "unpaid"), ("2027-04-10", "2027-04-29", "paid")]
    live(world, "2027-04-30")
    assert amounts(world) == [9900, 6600, 9900]


def test_cancelled_and_undone_the_draws_go_on_as_before(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    cancel.cancel(dan, world.clinic().id, "", clock.now())
    assert world.membership(dan).ends_on == date(2027, 2, 27)
    live(world, "2027-02-27")
    with db.begin() as session:
        cancel.undo(session, dan, world.clinic().id, clock.now())
    live(world, "2027-02-28")
    assert drawn_for(world) == ["2027-01-31", "2027-02-28"]
    kinds = [letter.kind for letter in world.letters()]
    assert kinds == ["welcome", "cancellation_confirmed", "cancellation_undone", "renewed"]


def test_cancelled_it_ends_after_its_last_paid_day_and_is_never_drawn_again(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    cancel.cancel(dan, world.clinic().id, "", clock.now())
    live(world, "2027-02-27")
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    live(world, "2027-02-28", "2027-03-31")
    assert (world.membership(dan).status, world.membership(dan).ended_on) == (MembershipStatus.ENDED, date(2027, 2, 27))
    assert amounts(world) == [9900]
    assert len(world.letters("ended")) == 1
    subjects = [letter.subject for letter in world.mailbox.letters()]
    assert len(subjects) == len(set(subjects)) == 3


@pytest.mark.parametrize("is_paid", [False, True], ids=["unpaid", "paid, browser closed"])
def test_an_enrollment_lapses_after_seven_days_unless_it_was_paid(world: World, is_paid: bool) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    page = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(page, Confirm)
    if is_paid:
        confirm_payment(world.stripe.url, page.client_secret, "pm_card_visa")
    live(world, "2027-02-06", "2027-02-08")
    with db.reading() as session:
        status = session.get_one(Enrollment, wanted.enrollment_id).status
    assert status == (EnrollmentStatus.FINISHED if is_paid else EnrollmentStatus.LAPSED)
    confirm_payment(world.stripe.url, page.client_secret, "pm_card_visa")
    assert amounts(world) == ([9900] if is_paid else [])
