"""Members over months: joined on a day, drawn on every draw day, right to the cent."""

from __future__ import annotations

from portal.rules.states import MembershipStatus
from tests.world import World


def test_dan_joins_on_the_31st_and_is_drawn_through_a_leap_february(world: World) -> None:
    world.go_to("2027-12-31")
    world.arrive("dan")
    membership_id = world.join("dan", "glow", draw_day=31)
    assert world.membership(membership_id).status == MembershipStatus.ACTIVE
    assert [charge["amount"] for charge in world.charges()] == [9900]
    world.advance_to("2028-04-30")
    periods = [charge["metadata"]["period"] for charge in world.charges()]
    assert periods == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]
