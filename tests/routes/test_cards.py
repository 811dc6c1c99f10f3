"""Cards on file, and changing the card of a membership."""

from __future__ import annotations

import re
from uuid import UUID

from werkzeug.test import TestResponse

from tests.browser import confirm_setup
from tests.pages import PageClient, words
from tests.routes.members import AS_SCRIPT, NOWHERE, Visit, alice_joins, assert_only_alice_may_open, decline_next_draw
from tests.world import World


def _card_path(membership_id: UUID) -> str:
    return f"/lumina/memberships/{membership_id}/card"


def _secret(answer: TestResponse) -> str:
    found = re.search(r'data-client-secret="([^"]+)"', answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)
    return found.group(1)


def _set_up(world: World, browser: PageClient, membership_id: UUID, card: str = "pm_card_mastercard") -> TestResponse:
    """As the card field's script does it: prepare, confirm at Stripe, finish."""
    path = _card_path(membership_id)
    secret = _secret(browser.send(path, {"card": "new"}, headers=AS_SCRIPT))
    confirm_setup(world.stripe.url, secret, card)
    return browser.send(f"{path}/finish", {"intent": secret.split("_secret_")[0]}, token_from=path)


def test_a_new_card_is_kept_and_used_for_the_next_draws(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    answer = _set_up(world, alice, membership_id)
    assert answer.status_code == 303
    page = words(alice.get(answer.headers["Location"]))
    assert "Your card is updated. The next draws use Mastercard ending in 4444." in page
    assert "Card changed" in page
    assert len(world.letters("card_updated")) == 1
    world.advance_to("2027-02-28")
    page = words(visit().sign_in("alice").get("/lumina/payments"))
    assert "February 28, 2027 Glow membership Mastercard ending in 4444" in page


def test_finishing_twice_changes_the_card_once(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice, path = visit().sign_in("alice"), _card_path(membership_id)
    secret = _secret(alice.send(path, {"card": "new"}, headers=AS_SCRIPT))
    confirm_setup(world.stripe.url, secret, "pm_card_mastercard")
    for _ in range(2):
        intent = {"intent": secret.split("_secret_")[0]}
        assert alice.send(f"{path}/finish", intent, token_from=path).status_code == 303
    assert len(world.letters("card_updated")) == 1


def test_a_card_on_file_is_chosen_without_a_script(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    old = world.membership(membership_id).card_id
    alice = visit().sign_in("alice")
    _set_up(world, alice, membership_id)
    page = words(alice.get(_card_path(membership_id)))
    assert "Visa ending in 4242 Expires" in page
    assert "Mastercard ending in 4444 Expires" not in page, "the card in use is no change"
    answer = alice.send(_card_path(membership_id), {"card": str(old)})
    assert answer.status_code == 303
    assert world.membership(membership_id).card_id == old


def test_a_new_card_without_a_script_is_refused_in_words(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = visit().sign_in("alice").send(_card_path(membership_id), {"card": "new"})
    assert answer.status_code == 422
    assert "A new card needs JavaScript." in words(answer)


def test_a_card_that_the_bank_refuses_changes_nothing(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = _set_up(world, visit().sign_in("alice"), membership_id, "pm_card_chargeDeclined")
    assert answer.status_code == 422
    assert "Your bank declined the card without saying why. Nothing was changed." in words(answer)
    card = world.membership(membership_id).card
    assert card is not None
    assert card.last4 == "4242"


def test_a_card_that_was_left_unconfirmed_changes_nothing(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    answer = _set_up(world, alice, membership_id, "pm_card_authenticationRequired")
    assert answer.status_code == 422
    assert "Your bank has not confirmed the card, so nothing was changed." in words(answer)


def test_setup_intents_of_others_and_of_nobody_are_not_found(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    others_id = world.join("dan")
    secret = _secret(visit().sign_in("dan").send(_card_path(others_id), {"card": "new"}, headers=AS_SCRIPT))
    confirm_setup(world.stripe.url, secret, "pm_card_mastercard")
    alice, path = visit().sign_in("alice"), _card_path(membership_id)
    for intent in (secret.split("_secret_")[0], "seti_nobodys"):
        assert alice.send(f"{path}/finish", {"intent": intent}, token_from=path).status_code == 404
    assert alice.send(f"{path}/finish", {"intent": "pi_1"}, token_from=path).status_code == 422


def test_nobody_elses_card_can_be_chosen(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    others = world.membership(world.join("dan")).card_id
    alice = visit().sign_in("alice")
    for chosen in (str(others), NOWHERE):
        assert alice.send(_card_path(membership_id), {"card": chosen}).status_code == 404
    for chosen in ("", "4242"):
        assert alice.send(_card_path(membership_id), {"card": chosen}).status_code == 422


def test_the_way_back_from_a_banks_page_changes_nothing_by_itself(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    page = alice.get(f"{_card_path(membership_id)}/finish?setup_intent=seti_1&redirect_status=succeeded")
    assert "Continue" in words(page)
    assert 'value="seti_1"' in page.get_data(as_text=True)


def test_stripe_away_is_said_plainly(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    world.stripe.revoke("sk_test_sandbox")
    answer = alice.send(_card_path(membership_id), {"card": "new"}, headers=AS_SCRIPT)
    assert answer.status_code == 503
    assert "Our payment provider does not answer at this moment." in answer.get_data(as_text=True)


def test_past_due_the_page_offers_to_pay_at_once_or_only_to_change_the_card(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    page = words(alice.get(_card_path(membership_id)))
    assert "Update card" in page
    assert "Pay $99.00 now" in page
    page = words(alice.get(f"{_card_path(membership_id)}?pay=later"))
    assert "Nothing is charged now." in page
    assert "Pay $99.00 now instead" in page


def test_an_ended_membership_takes_no_card(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    alice.send(f"/lumina/memberships/{membership_id}/cancel")
    world.advance_to("2027-02-28")
    alice = visit().sign_in("alice")
    assert alice.get(_card_path(membership_id)).status_code == 302
    answer = alice.send(_card_path(membership_id), {"card": "new"}, token_from="/lumina/account")
    assert answer.headers["Location"] == f"/lumina/memberships/{membership_id}"


def test_cards_tell_what_they_pay_for_and_when_they_expire(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    _set_up(world, alice, membership_id)
    page = words(alice.get("/lumina/cards"))
    assert "Mastercard ending in 4444 Expires 12/2031 Used for Glow" in page
    assert "Visa ending in 4242 Expires 12/2031 Not used for any membership." in page
    world.go_to("2032-01-02")
    assert "Expired" in words(visit().sign_in("alice").get("/lumina/cards"))
    assert "No card on file" in words(visit().sign_in("dan").get("/lumina/cards"))
    assert visit().get("/lumina/cards").status_code == 302


def test_only_its_patient_changes_the_card(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    assert_only_alice_may_open(visit, _card_path(membership_id))
    assert_only_alice_may_open(visit, _card_path(membership_id), "POST")
    assert_only_alice_may_open(visit, f"{_card_path(membership_id)}/finish")
    assert_only_alice_may_open(visit, f"{_card_path(membership_id)}/finish", "POST")


def test_only_pages_with_the_card_field_may_load_stripes_script(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    assert world.stripe.url in alice.get(_card_path(membership_id)).headers["Content-Security-Policy"]
    assert world.stripe.url not in alice.get("/lumina/cards").headers["Content-Security-Policy"]
