"""Stripe breaks at each step of joining: one membership and one charge in the end, or none of either."""

from __future__ import annotations

import http.client
from dataclasses import replace
from uuid import UUID

import pytest

from portal import db
from portal.gateways.stripe_answers import StripeMisused, StripeRefused, StripeUnanswered
from portal.models import Enrollment
from portal.rules.states import MembershipStatus
from portal.services.billing.on_session import Outcome, Paid
from portal.services.membership.enrollment_payment import Wanted
from tests.scenarios.books import amounts
from tests.world import World

FAULTS = (
    "drop_before",
    "drop_after",
    "cut_body",
    "error500_before",
    "error500_after",
    "rate_limit",
    "outage",
)
INTENT = "/v1/payment_intents"
SETUP = "/v1/setup_intents"
STEPS = {
    "create customer": ("POST", "/v1/customers"),
    "create payment intent": ("POST", INTENT),
    "confirm by the browser": ("POST", f"{INTENT}/[^/]+/confirm"),
    "retrieve at finish": ("GET", f"{INTENT}/[^/]+"),
}
SETUP_STEPS = {
    "create setup intent": ("POST", SETUP),
    "confirm by the browser": ("POST", f"{SETUP}/[^/]+/confirm"),
    "retrieve at finish": ("GET", f"{SETUP}/[^/]+"),
}
# What a page shows as "we do not know yet" or "not now", and what a browser sees of a broken connection.
TROUBLE = (StripeUnanswered, StripeRefused, StripeMisused, OSError, http.client.HTTPException, ValueError)


def try_once(world: World, wanted: Wanted) -> Outcome | None:
    """Presses "pay" and confirms; None when something on the way broke."""
    try:
        return world.pay(wanted)
    except TROUBLE:
        return None


def members(world: World, wanted: Wanted) -> MembershipStatus | None:
    """The status of what the enrollment has become."""
    membership_id = membership_of(wanted)
    return world.membership(membership_id).status if membership_id else None


def membership_of(wanted: Wanted) -> UUID | None:
    """The membership that the enrollment has made, pending or begun."""
    with db.reading() as session:
        return session.get_one(Enrollment, wanted.enrollment_id).membership_id


def suffer(world: World, wanted: Wanted, fault: str, step: tuple[str, str], count: int | None) -> Outcome | None:
    """One try under the fault; the fault has struck and is over afterwards."""
    world.stripe.add_fault(fault, *step, count)
    outcome = try_once(world, wanted)
    assert world.stripe.faults()[0]["struck"] >= 1
    world.stripe.clear_faults()
    return outcome


def assert_all_or_nothing(world: World, wanted: Wanted, cents: list[int]) -> None:
    """After two passes: an active membership and its charge, or no charge and no active membership."""
    world.sweep_until_quiet()
    is_member = members(world, wanted) == MembershipStatus.ACTIVE
    assert amounts(world) == (cents if is_member else [])
    assert len(world.letters("welcome")) == int(is_member)


def assert_pays_in_the_end(world: World, wanted: Wanted, cents: list[int]) -> None:
    """The patient presses "pay" again until it is through: one membership, one charge, one welcome."""
    outcome = next((paid for _ in range(3) if isinstance(paid := try_once(world, wanted), Paid)), None)
    assert isinstance(outcome, Paid)
    world.sweep_until_quiet()
    assert members(world, wanted) == MembershipStatus.ACTIVE
    assert amounts(world) == cents
    assert len(world.letters("welcome")) == 1


@pytest.mark.parametrize("count", [1, None], ids=["once", "until it ends"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_first_charge_is_taken_once(world: World, fault: str, step: str, count: int | None) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    suffer(world, wanted, fault, STEPS[step], count)
    assert_all_or_nothing(world, wanted, [9900])
    assert_pays_in_the_end(world, wanted, [9900])


@pytest.mark.parametrize("is_swept", [False, True], ids=["at once", "after a sweep"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_saved_card_is_charged_once(world: World, fault: str, is_swept: bool) -> None:
    world.arrive("dan")
    glow = world.membership(world.join("dan", "glow", draw_day=31))
    wanted = replace(world.sign("dan", "radiance", draw_day=31), card_id=glow.card_id)
    suffer(world, wanted, fault, STEPS["create payment intent"], None)
    if is_swept:
        world.sweep_until_quiet()
    try_until_paid(world, wanted)
    assert members(world, wanted) == MembershipStatus.ACTIVE
    assert amounts(world) == [9900, 24900]


def try_until_paid(world: World, wanted: Wanted) -> None:
    """Presses "pay" after the trouble is over, at most three times with a sweep between."""
    for _ in range(3):
        if isinstance(try_once(world, wanted), Paid):
            return
        world.sweep_until_quiet()
    raise AssertionError("never paid")


@pytest.mark.parametrize("step", SETUP_STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_start_at_nothing_saves_the_card_and_charges_nothing(world: World, fault: str, step: str) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31, coupon="WELCOME100")
    suffer(world, wanted, fault, SETUP_STEPS[step], None)
    world.sweep_until_quiet()
    assert_pays_in_the_end(world, wanted, [])
    membership_id = membership_of(wanted)
    assert membership_id is not None
    assert world.membership(membership_id).card is not None


def test_a_revoked_key_takes_nothing_and_declines_nobody(world: World) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    world.stripe.revoke("sk_test_sandbox")
    assert try_once(world, wanted) is None
    world.sweep_until_quiet()
    world.stripe.revoke("sk_test_sandbox", False)
    assert_pays_in_the_end(world, wanted, [9900])
