"""Stripe breaks while a draw is made: one charge in the end, whatever was lost, and nobody declined by an outage."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

import pytest

from portal.gateways import stripe_gateway
from portal.rules.states import MembershipStatus
from tests.scenarios.books import amounts, attempts, drawn_for
from tests.scenarios.test_faults_at_joining import FAULTS
from tests.world import World

INTENT = "/v1/payment_intents"
LIST = ("GET", INTENT)
CHARGE = ("POST", INTENT)
STEPS = {"list at catch-up": LIST, "charge": CHARGE}


@pytest.fixture
def dan_id(world: World) -> UUID:
    """Dan's membership on the day of its second draw; no job has run yet."""
    world.arrive("dan")
    membership_id = world.join("dan", "glow", draw_day=31)
    world.go_to("2027-02-28")
    return membership_id


def assert_drawn_once(world: World, dan_id: UUID) -> None:
    assert drawn_for(world) == ["2027-01-31", "2027-02-28"]
    assert amounts(world) == [9900, 9900]
    assert world.membership(dan_id).status == MembershipStatus.ACTIVE
    assert len(world.letters("renewed")) == 1
    assert world.letters("declined") == []


@pytest.mark.parametrize("count", [1, None], ids=["once", "until it ends"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_draw_is_taken_once(world: World, dan_id: UUID, fault: str, step: str, count: int | None) -> None:
    world.stripe.add_fault(fault, *STEPS[step], count)
    world.run_jobs()
    assert world.stripe.faults()[0]["struck"] >= 1
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_answer_is_found_although_the_sweep_meets_trouble_too(world: World, dan_id: UUID, fault: str) -> None:
    world.stripe.add_fault("drop_after", *CHARGE, None)
    world.run_jobs()
    world.stripe.clear_faults()
    world.stripe.add_fault(fault, *LIST, None)
    world.sweep_until_quiet()
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_decline_whose_answer_is_lost_is_declined_once(world: World, dan_id: UUID, fault: str) -> None:
    card = world.membership(dan_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, ["insufficient_funds"])
    world.stripe.add_fault(fault, *CHARGE, None)
    world.run_jobs()
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    # A 500 saved before the charge proves that the bank was not asked, and a new attempt is: declined or paid, once.
    assert len(amounts(world)) + len(world.letters("declined")) == 2
    asked = [one for one in attempts(dan_id) if one.decline_code == "insufficient_funds"]
    assert len(asked) == 1
    assert len(world.letters("declined")) == 1
    assert world.membership(dan_id).status == MembershipStatus.PAST_DUE


@pytest.mark.parametrize("days", [1, 8])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_sweep_comes_a_day_or_a_week_later(world: World, dan_id: UUID, fault: str, days: int) -> None:
    world.stripe.add_fault(fault, *CHARGE, None)
    world.run_jobs()
    world.stripe.clear_faults()
    world.go_to("2027-03-01" if days == 1 else "2027-03-08", hour=19)
    world.stripe.age_keys(days * 86_400 + 3_600)
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)


@pytest.mark.parametrize("fault", ["latency", "latency_before"])
def test_a_bank_that_charges_after_we_stopped_listening_charges_once(world: World, dan_id: UUID, fault: str) -> None:
    stripe_gateway.configure(replace(world.config, stripe_timeout=1))
    world.stripe.add_fault(fault, *CHARGE, 1, seconds=2)
    world.run_jobs()
    world.sweep_until_quiet()
    wait_for_charges(world, 2)
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)


def wait_for_charges(world: World, count: int) -> None:
    """Until Stripe has done what it was asked, at most five seconds."""
    patience = time.monotonic() + 5
    while time.monotonic() < patience and len(amounts(world)) < count:
        time.sleep(0.05)


def test_a_revoked_key_declines_nobody_and_is_healed_when_it_is_back(world: World, dan_id: UUID) -> None:
    world.stripe.revoke("sk_test_sandbox")
    world.run_jobs()
    world.sweep_until_quiet()
    assert amounts(world) == [9900]
    assert world.membership(dan_id).status == MembershipStatus.ACTIVE
    world.stripe.revoke("sk_test_sandbox", False)
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)


def test_a_key_revoked_between_the_list_and_the_charge_declines_nobody(world: World, dan_id: UUID) -> None:
    world.stripe.add_fault("outage", *CHARGE, None)
    for _ in range(3):
        world.sweep_until_quiet()
    assert world.membership(dan_id).status == MembershipStatus.ACTIVE
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    assert_drawn_once(world, dan_id)
