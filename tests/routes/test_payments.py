"""The list of payments, one payment, and paying what is past due."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from portal.routes import payments
from tests.browser import answer_bank, confirm_payment
from tests.pages import PageClient, words
from tests.routes.members import AS_SCRIPT, NOWHERE, Visit, alice_joins, assert_only_alice_may_open, decline_next_draw
from tests.world import World


def _pay_path(membership_id: UUID) -> str:
    return f"/lumina/memberships/{membership_id}/pay"


def _press_pay(
    browser: PageClient, membership_id: UUID, card: str, shown_cents: int = 9900, **kwargs: object
) -> TestResponse:
    fields = {"card": card, "shown_cents": shown_cents}
    path = _pay_path(membership_id)
    return browser.send(path, fields, token_from=f"{path}", **kwargs)


def _secret(answer: TestResponse) -> str:
    found = re.search(r'data-client-secret="([^"]+)"', answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)
    return found.group(1)


def _first_payment(browser: PageClient) -> str:
    found = re.search(r"/lumina/payments/[0-9a-f-]{36}", browser.get("/lumina/payments").get_data(as_text=True))
    assert found
    return found.group(0)


def test_payments_tell_date_purpose_card_receipt_status_and_amount(world: World, visit: Visit) -> None:
    alice_joins(world, coupon="SPRING20")
    page = words(visit().sign_in("alice").get("/lumina/payments"))
    assert "January 31, 2027 Glow membership Visa ending in 4242 1 · Receipt (PDF) number 1 Paid $79.20" in page


def test_a_payment_tells_its_lines(world: World, visit: Visit) -> None:
    alice_joins(world, coupon="SPRING20")
    alice = visit().sign_in("alice")
    page = words(alice.get(_first_payment(alice)))
    assert "Receipt 1" in page
    assert "Coupon SPRING20 −$19.80 Paid $79.20" in page
    assert "For the days January 31, 2027 to February 27, 2027" in page


def test_a_declined_payment_says_so_and_what_the_bank_said(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    assert "February 28, 2027 Glow membership Visa ending in 4242 – Declined $99.00" in words(
        alice.get("/lumina/payments")
    )
    page = words(alice.get(_first_payment(alice)))
    assert "The card does not have enough money available. Visa ending in 4242" in page
    assert "Next try March 1, 2027" in page
    assert "Pay now" in page


def test_every_try_of_a_payment_is_kept(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    world.advance_to("2027-03-01")
    alice = visit().sign_in("alice")
    page = words(alice.get(_first_payment(alice)))
    assert re.search(r"What the bank said Paid\. .* The card does not have enough money available\.", page)


def test_a_membership_at_no_charge_is_told_as_nothing_to_pay(world: World, visit: Visit) -> None:
    alice_joins(world, coupon="WELCOME100")
    page = words(visit().sign_in("alice").get("/lumina/payments"))
    assert "January 31, 2027 Glow membership – 1 · Receipt (PDF) number 1 Nothing to pay $0.00" in page


def test_older_payments_stand_on_the_next_page(world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "A_PAGE", 1)
    alice_joins(world)
    world.advance_to("2027-02-28")
    alice = visit().sign_in("alice")
    first, second = words(alice.get("/lumina/payments")), words(alice.get("/lumina/payments?page=2"))
    assert "February 28, 2027 Glow membership" in first
    assert "Older payments" in first
    assert "January 31, 2027 Glow membership" in second
    assert "Newer payments" in second
    assert "No older payments" in words(alice.get("/lumina/payments?page=3"))
    for odd in ("x", "-1", "9" * 30):
        assert alice.get(f"/lumina/payments?page={odd}").status_code == 200


def test_past_due_is_paid_with_a_card_on_file(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    answer = _press_pay(alice, membership_id, str(world.membership(membership_id).card_id))
    assert answer.status_code == 303
    page = words(alice.get(answer.headers["Location"]))
    assert "Thank you: it is paid, and your membership is active." in page
    assert "Payment mended: $99.00 paid" in page
    assert [charge["amount"] for charge in world.charges()] == [9900, 9900]


def test_past_due_is_paid_with_a_new_card_that_is_kept(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id, "lost_card")
    alice = visit().sign_in("alice")
    secret = _secret(_press_pay(alice, membership_id, "new", headers=AS_SCRIPT))
    confirm_payment(world.stripe.url, secret, "pm_card_mastercard")
    answer = alice.send(f"{_pay_path(membership_id)}/finish", token_from=_pay_path(membership_id))
    assert answer.headers["Location"] == f"/lumina/memberships/{membership_id}"
    membership = world.membership(membership_id)
    assert membership.status == "active"
    assert membership.card is not None
    assert membership.card.last4 == "4444"


def test_pressing_pay_twice_is_one_payment(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice, card = visit().sign_in("alice"), str(world.membership(membership_id).card_id)
    token = alice.token(_pay_path(membership_id))
    fields = {"card": card, "shown_cents": 9900, "csrf_token": token}
    for _ in range(2):
        assert alice.post(_pay_path(membership_id), data=fields).status_code == 303
    assert len(world.charges()) == 2, "one for joining, one for the arrears"


def test_a_card_declined_again_says_why_and_takes_nothing(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    card = world.membership(membership_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, ["expired_card"])
    answer = _press_pay(visit().sign_in("alice"), membership_id, str(card.id))
    assert answer.status_code == 422
    assert "The card has expired. Nothing was charged. Please use another card." in words(answer)
    assert "Pay $99.00 now" in words(answer)


def test_an_altered_amount_is_refused_and_the_right_one_shown(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice, card = visit().sign_in("alice"), str(world.membership(membership_id).card_id)
    answer = _press_pay(alice, membership_id, card, shown_cents=100)
    assert answer.status_code == 409
    assert "What you owe has changed meanwhile, so nothing was taken." in words(answer)
    assert "Pay $99.00 now" in words(answer)
    for shown in (-1, "x", ""):
        assert _press_pay(alice, membership_id, card, shown).status_code == 422
    assert len(world.charges()) == 1


def test_after_the_unpaid_period_a_prorated_one_is_owed_and_paid(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id, "lost_card")
    world.go_to("2027-04-02")
    alice, card = visit().sign_in("alice"), world.membership(membership_id).card
    assert card is not None
    page = words(alice.get(f"/lumina/memberships/{membership_id}/card"))
    assert "(28 of 30 days) $92.40 Today $92.40 It pays for April 2, 2027 to April 29, 2027." in page
    assert _press_pay(alice, membership_id, str(card.id), 9240).status_code == 303
    page = words(alice.get("/lumina/payments"))
    assert "April 2, 2027 Glow membership Visa ending in 4242 2 · Receipt (PDF) number 2 Paid $92.40" in page
    assert "February 28, 2027 Glow membership Visa ending in 4242 – Not charged $99.00" in page


def test_a_payment_that_the_bank_wants_confirmed_waits_for_its_patient(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id, "authentication_required")
    alice, card = visit().sign_in("alice"), world.membership(membership_id).card
    assert card is not None
    assert "Payment of $99.00 waits for you" in words(alice.get(f"/lumina/memberships/{membership_id}"))
    assert "Needs you to confirm it" in words(alice.get("/lumina/payments"))
    world.stripe.script(card.payment_method_id, ["authentication_required"])
    asked = _press_pay(alice, membership_id, str(card.id), headers=AS_SCRIPT)
    assert "data-next-action" in asked.get_data(as_text=True)
    answer_bank(world.stripe.url, _secret(asked), "fail")
    answer = alice.send(f"{_pay_path(membership_id)}/finish", token_from=_pay_path(membership_id))
    assert answer.status_code == 422
    assert "Your bank could not confirm that it is you. Nothing was charged." in words(answer)
    assert len(world.charges()) == 1


def test_stripe_away_is_said_plainly_and_nobody_is_charged(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice, card = visit().sign_in("alice"), str(world.membership(membership_id).card_id)
    world.stripe.revoke("sk_test_sandbox")
    answer = _press_pay(alice, membership_id, card)
    assert answer.status_code == 503
    assert "Our payment provider does not answer at this moment." in words(answer)


def test_nobody_elses_card_pays(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    others = world.membership(world.join("dan")).card_id
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    for card in (str(others), NOWHERE):
        assert _press_pay(alice, membership_id, card).status_code == 404


def test_only_its_patient_sees_and_makes_a_payment(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    payment = _first_payment(visit().sign_in("alice"))
    assert_only_alice_may_open(visit, payment)
    for path in (_pay_path(membership_id), f"{_pay_path(membership_id)}/finish"):
        assert_only_alice_may_open(visit, path)
        assert_only_alice_may_open(visit, path, "POST")
    assert "No payments yet" in words(visit().sign_in("dan").get("/lumina/payments"))
    assert visit().get("/lumina/payments").status_code == 302
