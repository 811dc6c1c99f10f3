"""seed-members: many members, due on a day, drawn once each."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from portal import db
from portal.models import Membership
from portal.services import self_check
from sandbox import members
from tests.world import World


def test_seeded_members_are_drawn_once_on_their_day(world: World) -> None:
    assert members.seed(world.config, 12, "lumina", "glow", date(2027, 2, 28)) == 12
    assert members.seed(world.config, 3, "lumina", "glow", date(2027, 2, 28)) == 3
    world.go_to("2027-02-28")
    world.run_jobs()
    world.run_jobs()
    charges = world.charges()
    assert [charge["amount"] for charge in charges] == [9900] * 15
    assert len({charge["customer"] for charge in charges}) == 15
    with db.reading() as session:
        renewed = select(func.count()).where(Membership.paid_through == date(2027, 3, 27))
        assert session.scalar(renewed) == 15
        assert self_check.violations(session) == []


def test_members_of_a_plan_that_does_not_exist_are_refused(world: World) -> None:
    with pytest.raises(members.SeedRefused):
        members.seed(world.config, 1, "lumina", "moonlight", date(2027, 2, 28))
