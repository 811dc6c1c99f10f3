"""Many at once: one enrollment pressed twenty times, one coupon wanted by twenty, one membership cancelled twice."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from portal import clock, db
from portal.gateways.stripe_answers import StripeRefused, StripeUnanswered
from portal.models import Coupon, CouponRedemption, Membership
from portal.rules.coupons import Refusal
from portal.rules.states import MembershipStatus
from portal.services.billing.on_session import Confirm, Declined, Outcome, Paid
from portal.services.membership import cancel, enrollment_payment
from portal.services.membership.enrollment import NotOpen
from portal.services.membership.enrollment_payment import ReadAgain, Wanted
from tests.browser import confirm_payment
from tests.scenarios.books import amounts
from tests.scenarios.test_faults_at_joining import members
from tests.world import LEASE, CouponRefused, World


def press(wanted: Wanted) -> Outcome | None:
    """Presses "pay"; None where the page says to look again."""
    try:
        return enrollment_payment.prepare(wanted, LEASE)
    except (ReadAgain, NotOpen, StripeUnanswered, StripeRefused):
        return None


def limit(code: str, uses: int) -> None:
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == code).values(max_uses=uses))


def redemptions() -> int:
    """Uses that are held now."""
    with db.reading() as session:
        query = select(func.count()).select_from(CouponRedemption).where(CouponRedemption.released_at.is_(None))
        return session.scalar(query) or 0


def test_twenty_presses_of_one_button_make_one_membership_and_one_charge(world: World) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(press, [wanted] * 20))
    secrets = {outcome.client_secret for outcome in outcomes if isinstance(outcome, Confirm)}
    assert len(secrets) == 1
    confirm_payment(world.stripe.url, secrets.pop(), "pm_card_visa")
    with ThreadPoolExecutor(20) as pool:
        finished = Counter(pool.map(enrollment_payment.finish, [wanted.enrollment_id] * 20))
    assert finished == {Paid(): 20}
    assert press(wanted) == Paid()
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Membership)) == 1
    assert amounts(world) == [9900]
    assert len(world.letters("welcome")) == 1


def test_the_last_use_of_a_coupon_wanted_by_twenty_at_once_goes_to_one(world: World) -> None:
    limit("SPRING20", 1)
    names = [f"patient{number}" for number in range(20)]
    for name in names:
        world.arrive(name)
    wanted = [world.sign(name, "glow", draw_day=31, coupon="SPRING20") for name in names]
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(press, wanted))
    winners = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Confirm)]
    assert len(winners) == redemptions() == 1
    assert isinstance(world.pay(wanted[winners[0]]), Paid)
    assert amounts(world) == [7920]


def test_a_coupon_is_free_again_when_the_payment_is_declined_and_held_again_on_the_next_try(world: World) -> None:
    limit("SPRING20", 1)
    world.arrive("dan")
    world.arrive("ida")
    wanted = world.sign("dan", "glow", draw_day=31, coupon="SPRING20")
    assert isinstance(world.pay(wanted, "pm_card_chargeDeclined"), Declined)
    assert redemptions() == 0
    assert isinstance(world.pay(wanted), Paid)
    assert redemptions() == 1
    assert amounts(world) == [7920]
    with pytest.raises(CouponRefused) as refused:
        world.sign("ida", "glow", draw_day=31, coupon="SPRING20")
    assert refused.value.refusal == Refusal.USED_UP


def test_a_coupon_taken_by_another_after_a_decline_is_said_before_any_charge(world: World) -> None:
    limit("SPRING20", 1)
    world.arrive("dan")
    world.arrive("ida")
    dans = world.sign("dan", "glow", draw_day=31, coupon="SPRING20")
    assert isinstance(world.pay(dans, "pm_card_chargeDeclined"), Declined)
    world.join("ida", "glow", draw_day=31, coupon="SPRING20")
    assert press(dans) is None
    assert amounts(world) == [7920]


def test_a_decline_that_is_paid_after_all_in_the_same_dialog_keeps_its_coupon(world: World) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31, coupon="SPRING20")
    outcome = press(wanted)
    assert isinstance(outcome, Confirm)
    confirm_payment(world.stripe.url, outcome.client_secret, "pm_card_chargeDeclined")
    assert isinstance(enrollment_payment.finish(wanted.enrollment_id), Declined)
    confirm_payment(world.stripe.url, outcome.client_secret, "pm_card_visa")
    assert enrollment_payment.finish(wanted.enrollment_id) == Paid()
    assert redemptions() == 1
    world.go_to("2027-02-28")
    world.run_jobs()
    assert amounts(world) == [7920, 7920]


def test_cancelling_in_five_tabs_is_one_cancellation(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)

    def give_notice(_tab: int) -> None:
        cancel.cancel(dan, world.clinic().id, "", clock.now())

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(give_notice, range(5)))
    assert len(world.letters("cancellation_confirmed")) == 1
    assert world.membership(dan).status == MembershipStatus.ACTIVE


def test_a_cancellation_beside_a_running_draw_is_kept_and_the_draw_is_taken_once(world: World) -> None:
    world.arrive("dan")
    dan: UUID = world.join("dan", "glow", draw_day=31)
    world.go_to("2027-02-28")
    world.stripe.add_fault("latency_before", "POST", "/v1/payment_intents", 1, seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(world.run_jobs)
        while not world.stripe.faults()[0]["struck"]:
            time.sleep(0.01)
        cancel.cancel(dan, world.clinic().id, "", clock.now())
        drawing.result()
    assert amounts(world) == [9900, 9900]
    kept = world.membership(dan)
    assert (kept.ends_on, kept.next_draw_on) == (kept.paid_through, None)
    world.go_to("2027-03-31")
    world.run_jobs()
    assert world.membership(dan).status == MembershipStatus.ENDED
    assert len(amounts(world)) == 2


def test_two_tabs_with_two_plans_take_only_the_one_that_is_paid(world: World) -> None:
    world.arrive("dan")
    glow = press(world.sign("dan", "glow", draw_day=31))
    wanted = world.sign("dan", "radiance", draw_day=31)
    radiance = press(wanted)
    assert isinstance(glow, Confirm)
    assert isinstance(radiance, Confirm)
    for tab in (glow, radiance):
        confirm_payment(world.stripe.url, tab.client_secret, "pm_card_visa")
    assert enrollment_payment.finish(wanted.enrollment_id) == Paid()
    assert amounts(world) == [24900]
    assert members(world, wanted) == MembershipStatus.ACTIVE
