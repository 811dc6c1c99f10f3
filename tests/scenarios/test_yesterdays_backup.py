"""Yesterday's database is put back: what Stripe knows is learned before anybody is charged again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import make_url

from portal import clock, db, startup
from portal.rules.states import MembershipStatus
from portal.services.billing import arrears, renewals
from portal.services.billing.on_session import Paid
from tests.databases import fresh_postgres
from tests.scenarios.books import amounts, assert_books_are_right, drawn_for
from tests.world import LEASE, World

DAY = 86_400


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Copies the database as it is; answers the copy's address."""
    with ExitStack() as kept:

        def copy() -> str:
            db.disconnect()
            url = make_url(world.config.database_url)
            if url.get_backend_name() == "sqlite":
                path = tmp_path / "yesterday.sqlite3"
                shutil.copyfile(str(url.database), path)
                backup = f"sqlite:///{path}"
            else:
                admin = url.set(database="postgres").render_as_string(hide_password=False)
                backup = kept.enter_context(fresh_postgres(admin, url.database))
            startup.connect_outside(world.config)
            return backup

        yield copy
        db.disconnect()


@pytest.fixture(autouse=True)
def _books(world: World, copied: Callable[[], str]) -> Iterator[None]:
    """The books are looked at in the database that was put back, before it is dropped."""
    yield
    assert_books_are_right(world)


def put_back(world: World, backup: str, days: int) -> None:
    """The backup is the database from now on; meanwhile Stripe's keys have aged."""
    startup.connect_outside(replace(world.config, database_url=backup))
    world.stripe.age_keys(days * DAY + 3600)


def card_of(world: World, membership_id: UUID) -> str:
    card = world.membership(membership_id).card
    assert card is not None
    return card.payment_method_id


@pytest.mark.parametrize("is_opened", [False, True], ids=["draws not opened", "draws opened, not asked"])
@pytest.mark.parametrize("days", [1, 8])
def test_nobody_is_drawn_twice(world: World, copied: Callable[[], str], days: int, is_opened: bool) -> None:
    world.arrive("dan")
    world.arrive("ida")
    dan, ida = world.join("dan", "glow", draw_day=31), world.join("ida", "radiance", draw_day=31)
    world.go_to("2027-02-28")
    if is_opened:
        assert renewals.open_due(world.clinic().id, clock.now()) == 2
    backup = copied()
    world.stripe.script(card_of(world, ida), ["insufficient_funds"])
    world.run_jobs()
    assert amounts(world) == [9900, 24900, 9900]
    put_back(world, backup, days)
    world.go_to("2027-03-01" if days == 1 else "2027-03-08")
    world.sweep_until_quiet()
    assert amounts(world) == [9900, 24900, 9900]
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert world.membership(ida).status == MembershipStatus.PAST_DUE
    world.go_to("2027-03-02" if days == 1 else "2027-03-09")
    world.run_jobs()
    assert sorted(drawn_for(world)) == ["2027-01-31", "2027-01-31", "2027-02-28", "2027-02-28"]
    assert world.membership(ida).status == MembershipStatus.ACTIVE
    assert world.membership(dan).next_draw_on.isoformat() == "2027-03-31"  # type: ignore[union-attr]


def past_due_and_paid_since(world: World, copied: Callable[[], str]) -> UUID:
    """Dan was past due when the backup was made; the next dunning day his draw was paid; the backup is put back."""
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    world.stripe.script(card_of(world, dan), ["insufficient_funds"])
    world.go_to("2027-02-28")
    world.run_jobs()
    backup = copied()
    world.go_to("2027-03-01")
    world.run_jobs()
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    put_back(world, backup, 1)
    assert world.membership(dan).status == MembershipStatus.PAST_DUE
    return dan


def test_a_dunning_attempt_that_was_paid_is_not_made_again(world: World, copied: Callable[[], str]) -> None:
    dan = past_due_and_paid_since(world, copied)
    world.sweep_until_quiet()
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert amounts(world) == [9900, 9900]


def test_arrears_that_were_paid_are_not_paid_again_at_the_page(world: World, copied: Callable[[], str]) -> None:
    dan = past_due_and_paid_since(world, copied)
    assert arrears.prepare(dan, world.clinic().id, world.membership(dan).card_id, 9900, LEASE) == Paid()
    assert world.membership(dan).status == MembershipStatus.ACTIVE
    assert amounts(world) == [9900, 9900]
