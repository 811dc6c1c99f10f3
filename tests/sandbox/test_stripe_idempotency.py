"""Idempotency keys keep the first answer for a day, whatever it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.shop import Shop

KEY = {"idempotency_key": "attempt-1"}


def test_the_same_key_answers_the_first_charge_again(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    first, second = shop.charge(customer, card, KEY), shop.charge(customer, card, KEY)
    assert first.id == second.id
    assert second.last_response
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert [effect["key"] for effect in shop.server.effects()] == ["attempt-1"]


def test_a_stored_decline_is_answered_again_without_asking_the_bank(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.server.script(card, ["insufficient_funds"])
    first = shop.declined(customer, card, options=KEY)
    second = shop.declined(customer, card, options=KEY)
    assert first.payment_intent.id == second.payment_intent.id
    assert shop.charge(customer, card).status == "succeeded"


def test_the_same_key_with_other_parameters_is_refused(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.charge(customer, card, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        shop.charge(customer, card, KEY, amount=100)
    assert len(shop.server.effects()) == 1


def test_the_same_key_at_another_address_is_refused(shop: Shop) -> None:
    customer = shop.customer()
    shop.charge(customer, shop.saved_card(customer), KEY)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        shop.client.v1.customers.create({}, {"idempotency_key": "attempt-1"})


def test_the_same_key_on_another_account_is_another_key(shop: Shop) -> None:
    mine = shop.client.v1.customers.create({}, {"idempotency_key": "k"})
    theirs = shop.client.v1.customers.create({}, {"idempotency_key": "k", "stripe_account": "acct_other"})
    assert mine.id != theirs.id


def test_a_key_in_use_is_a_conflict_and_charges_once(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.server.add_fault("latency", "POST", "/v1/payment_intents", seconds=0.5)

    def attempt(_: int) -> str:
        try:
            return shop.charge(customer, card, KEY).status
        except stripe.APIError as error:
            body: Any = error.json_body
            return f"{error.http_status} {body['error']['code']}"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, range(2)))
    assert answers == ["409 idempotency_key_in_use", "succeeded"]
    assert len(shop.server.effects()) == 1


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    first = shop.charge(customer, card, KEY)
    shop.server.age_keys(23 * 3600)
    assert shop.charge(customer, card, KEY).id == first.id
    shop.server.age_keys(2 * 3600)
    assert shop.charge(customer, card, KEY).id != first.id
    assert len(shop.server.effects()) == 2


def test_a_refused_parameter_does_not_spend_the_key(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    with pytest.raises(stripe.InvalidRequestError):
        shop.charge(customer, card, KEY, nonsense="1")
    assert shop.charge(customer, card, KEY).status == "succeeded"
