"""What holds for every address: HEAD only looks, answers lead nowhere else, cookies are for clinics."""

from __future__ import annotations

from tests.routes.members import Visit, alice_joins, decline_next_draw
from tests.world import World

NEWCOMER = {"first_name": "Eve", "last_name": "New", "email": "eve@example.com", "password": "walrus cathedral 41"}


def test_head_looks_and_asks_the_bank_nothing(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    for what in ("pay", "card"):
        path = f"/lumina/memberships/{membership_id}/{what}/finish"
        assert alice.head(path).status_code == alice.get(path).status_code == 200


def test_head_mails_no_code(world: World, visit: Visit) -> None:
    eve = visit()
    assert eve.send("/lumina/sign-up", NEWCOMER).status_code == 303
    letters = len(world.letters())
    assert eve.head("/lumina/sign-up/confirm").status_code == 200
    assert len(world.letters()) == letters == 1
