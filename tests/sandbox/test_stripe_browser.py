"""What a browser may do with the publishable key and a client secret, and the 3-D Secure endpoint."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.shop import Shop

THREE_D_SECURE = "4000002760003184"


def test_a_payment_in_the_browser_saves_the_card_for_later_draws(shop: Shop) -> None:
    customer = shop.customer()
    intent = shop.open_intent(customer=customer, setup_future_usage="off_session")
    assert intent.status == "requires_payment_method"
    assert shop.confirm_in_browser(intent, shop.typed_card()).status == "succeeded"
    card = shop.client.v1.customers.payment_methods.list(customer).data[0].id
    assert shop.charge(customer, card).status == "succeeded"
    assert len(shop.server.effects("charge")) == 2


def test_a_browser_sees_an_intent_but_not_its_metadata(shop: Shop) -> None:
    intent = shop.open_intent(customer=shop.customer(), metadata={"invoice": "i1"})
    assert intent.client_secret
    seen: Any = shop.browser.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
    assert (seen.status, seen.amount) == ("requires_payment_method", 9900)
    assert "metadata" not in seen.to_dict()
    assert "customer" not in seen.to_dict()


@pytest.mark.parametrize("secret", [None, "", "pi_x_secret_wrong"])
def test_a_browser_without_the_client_secret_sees_nothing(shop: Shop, secret: str | None) -> None:
    intent = shop.open_intent()
    params: Any = {"client_secret": secret} if secret is not None else {}
    with pytest.raises(stripe.InvalidRequestError):
        shop.browser.v1.payment_intents.retrieve(intent.id, params)
    with pytest.raises(stripe.InvalidRequestError):
        shop.browser.v1.payment_intents.confirm(intent.id, params)


def test_a_publishable_key_does_nothing_else(shop: Shop) -> None:
    with pytest.raises(stripe.PermissionError):
        shop.browser.v1.customers.list()
    with pytest.raises(stripe.PermissionError):
        shop.browser.v1.payment_intents.create({"amount": 9900, "currency": "usd"})


def test_a_server_must_not_send_card_numbers(shop: Shop) -> None:
    card: Any = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    with pytest.raises(stripe.InvalidRequestError, match="unsafe"):
        shop.client.v1.payment_methods.create({"type": "card", "card": card})
    token: Any = {"token": "tok_visa"}
    assert shop.client.v1.payment_methods.create({"type": "card", "card": token}).id


def test_a_failed_challenge_puts_the_intent_back_and_another_card_pays_it(shop: Shop) -> None:
    intent = shop.open_intent()
    waiting = shop.confirm_in_browser(intent, shop.typed_card(THREE_D_SECURE))
    shop.answer_challenge(waiting, "fail")
    failed = shop.client.v1.payment_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert shop.server.effects() == []
    assert shop.confirm_in_browser(intent, shop.typed_card()).status == "succeeded"


def test_a_challenge_is_answered_once(shop: Shop) -> None:
    waiting = shop.confirm_in_browser(shop.open_intent(), shop.typed_card(THREE_D_SECURE))
    shop.answer_challenge(waiting, "pass")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.answer_challenge(waiting, "pass")
    assert caught.value.code == "payment_intent_unexpected_state"
    assert len(shop.server.effects()) == 1


def test_a_challenge_of_a_cancelled_intent_charges_nothing(shop: Shop) -> None:
    waiting = shop.confirm_in_browser(shop.open_intent(), shop.typed_card(THREE_D_SECURE))
    shop.client.v1.payment_intents.cancel(waiting.id)
    with pytest.raises(stripe.InvalidRequestError):
        shop.answer_challenge(waiting, "pass")
    assert shop.server.effects() == []


def test_a_challenge_needs_the_client_secret(shop: Shop) -> None:
    waiting: Any = shop.confirm_in_browser(shop.open_intent(), shop.typed_card(THREE_D_SECURE))
    with pytest.raises(stripe.InvalidRequestError):
        shop.browser.raw_request("post", f"/v1/sandbox/3ds/{waiting.id}", client_secret="wrong", outcome="pass")
    assert shop.client.v1.payment_intents.retrieve(waiting.id).status == "requires_action"


@pytest.mark.parametrize("number", ["4242424242424242", THREE_D_SECURE])
def test_a_setup_intent_saves_a_card_without_a_charge(shop: Shop, number: str) -> None:
    customer = shop.customer()
    intent = shop.client.v1.setup_intents.create(
        {"customer": customer, "usage": "off_session", "allowed_payment_method_types": ["card"]}
    )
    assert intent.client_secret
    params: Any = {"client_secret": intent.client_secret, "payment_method": shop.typed_card(number)}
    answer = shop.browser.v1.setup_intents.confirm(intent.id, params)
    if number == THREE_D_SECURE:
        assert answer.status == "requires_action"
        shop.answer_challenge(answer, "pass")
    found = shop.client.v1.setup_intents.retrieve(intent.id, {"expand": ["payment_method"]})
    assert found.status == "succeeded"
    assert isinstance(found.payment_method, stripe.PaymentMethod)
    assert found.payment_method.customer == customer
    assert shop.server.effects() == []


def test_a_failed_challenge_of_a_setup_intent_saves_nothing(shop: Shop) -> None:
    customer = shop.customer()
    intent = shop.client.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})
    params: Any = {"client_secret": intent.client_secret, "payment_method": shop.typed_card(THREE_D_SECURE)}
    shop.answer_challenge(shop.browser.v1.setup_intents.confirm(intent.id, params), "fail")
    failed = shop.client.v1.setup_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_setup_error
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert shop.client.v1.customers.payment_methods.list(customer).data == []
    assert shop.client.v1.setup_intents.cancel(intent.id).status == "canceled"
