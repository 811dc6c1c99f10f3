"""A backup made while something was unpaid is put back: what was paid since is learned before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import update

from portal import db
from portal.models import Enrollment, Programme
from portal.rules.states import MembershipStatus
from portal.services.billing import arrears
from portal.services.billing.on_session import Declined, Paid
from tests.scenarios.books import amounts, assert_books_are_right, days
from tests.scenarios.test_dunning_stories import live, member, pay_at_the_page
from tests.scenarios.test_yesterdays_backup import copied, put_back
from tests.world import LEASE, World

__all__ = ["copied"]
LOST = ["lost_card"] * 9


@pytest.fixture(autouse=True)
def _books(world: World, copied: Callable[[], str]) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def paid_since(world: World, backup: Callable[[], str], paid_on: str, cents: int) -> UUID:
    """Dan's draw of 28 February is declined for good; a backup is made, he pays with a new card, it is put back."""
    dan = member(world, *LOST)
    live(world, "2027-02-28", "2027-03-10")
    if paid_on > "2027-03-14":
        live(world, "2027-03-14")
    made = backup()
    world.go_to(paid_on)
    pay_at_the_page(world, dan, cents, card="pm_card_mastercard")
    put_back(world, made, 1)
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    return dan


def test_dunning_does_not_end_a_membership_that_was_paid_since(world: World, copied: Callable[[], str]) -> None:
    dan = paid_since(world, copied, "2027-03-12", 9900)
    live(world, "2027-03-14")
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert amounts(world) == [9900, 9900]


def test_dunning_ends_nothing_while_stripe_cannot_be_asked(world: World, copied: Callable[[], str]) -> None:
    dan = paid_since(world, copied, "2027-03-12", 9900)
    world.stripe.add_fault("drop_before", "GET", "/v1/payment_intents", None)
    live(world, "2027-03-14")
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    world.stripe.clear_faults()
    world.run_jobs()
    assert world.membership(dan).status == MembershipStatus.ACTIVE


def test_a_later_period_that_was_paid_since_is_learned_beside_the_one_that_is_owed(
    world: World,
    copied: Callable[[], str],
) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(dunning_ends_membership=False))
    dan = paid_since(world, copied, "2027-04-10", 6600)
    assert arrears.prepare(dan, world.clinic().id, None, 6600, LEASE) == Paid()
    assert amounts(world) == [9900, 6600]
    assert days(dan)[1:] == [("2027-02-28", "2027-03-30", "unpaid"), ("2027-04-10", "2027-04-29", "paid")]
    assert world.membership(dan).status == MembershipStatus.ACTIVE


def test_an_enrollment_that_was_paid_since_does_not_lapse(world: World, copied: Callable[[], str]) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    assert isinstance(world.pay(wanted, "pm_card_chargeDeclined"), Declined)
    made = copied()
    assert world.pay(wanted) == Paid()
    put_back(world, made, 8)
    live(world, "2027-02-08")
    with db.reading() as session:
        membership_id = session.get_one(Enrollment, wanted.enrollment_id).membership_id
    assert membership_id is not None
    assert world.membership(membership_id).status == MembershipStatus.ACTIVE
    assert amounts(world) == [9900]
