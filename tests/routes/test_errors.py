"""What a visitor reads when something is wrong."""

from __future__ import annotations

from portal import db
from tests.pages import words
from tests.routes.members import Visit, alice_joins
from tests.world import World


def test_an_unknown_clinic_is_a_friendly_404(world: World, visit: Visit) -> None:
    answer = visit().get("/nobody/memberships")
    assert answer.status_code == 404
    assert "We cannot find this page" in words(answer)


def test_an_unknown_page_of_a_clinic_leads_back_to_it(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = visit().sign_in("dan").get(f"/lumina/memberships/{membership_id}")
    assert answer.status_code == 404
    assert "To Lumina Aesthetics" in words(answer)
    assert "Alice" not in words(answer)


def test_an_address_of_no_page_still_shows_the_clinic(world: World, visit: Visit) -> None:
    answer = visit().get("/lumina/no-such-page")
    assert answer.status_code == 404
    assert "To Lumina Aesthetics" in words(answer)


def test_an_old_form_is_refused_and_says_what_to_do(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    answer = alice.post(f"/lumina/memberships/{membership_id}/cancel", data={"csrf_token": "forged"})
    assert answer.status_code == 400
    assert "This page was open for too long" in words(answer)


def test_the_wrong_method_is_refused_in_words(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = visit().sign_in("alice").get(f"/lumina/memberships/{membership_id}/cancel/undo")
    assert answer.status_code == 405
    assert "That is not possible here" in words(answer)


def test_with_the_database_away_the_page_says_so_and_asks_it_nothing(world: World, visit: Visit) -> None:
    alice_joins(world)
    alice = visit().sign_in("alice")
    db.connect("postgresql://nobody@127.0.0.1:9/nothing")
    answer = alice.get("/lumina/memberships")
    assert answer.status_code == 503
    assert "We will be right back" in words(answer)
