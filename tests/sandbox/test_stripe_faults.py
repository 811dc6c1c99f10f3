"""Each fault breaks what it says, and leaves behind what it says."""

from __future__ import annotations

import time

import pytest
import stripe

from tests.sandbox.shop import Shop

CHARGES = ("POST", "/v1/payment_intents")
KEY = {"idempotency_key": "attempt-1"}


@pytest.fixture
def patient(shop: Shop) -> tuple[str, str]:
    customer = shop.customer()
    return customer, shop.saved_card(customer)


def test_drop_before_closes_the_connection_and_charges_nothing(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("drop_before", *CHARGES)
    with pytest.raises(stripe.APIConnectionError):
        shop.charge(*patient, KEY)
    assert shop.server.effects() == []
    assert shop.charge(*patient, KEY).last_response.headers.get("Idempotent-Replayed") is None  # type: ignore[union-attr]
    assert len(shop.server.effects()) == 1


def test_drop_after_charges_and_the_key_knows(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("drop_after", *CHARGES)
    with pytest.raises(stripe.APIConnectionError):
        shop.charge(*patient, KEY)
    assert len(shop.server.effects()) == 1
    assert shop.charge(*patient, KEY).id == shop.server.effects()[0]["payment_intent"]
    assert len(shop.server.effects()) == 1


def test_a_client_that_resends_survives_a_drop(shop: Shop, patient: tuple[str, str]) -> None:
    shop.client = shop.client_with("sk_test_sandbox", retries=2)
    shop.server.add_fault("drop_after", *CHARGES)
    assert shop.charge(*patient).status == "succeeded"
    assert len(shop.server.effects()) == 1


def test_cut_body_charges_and_answers_half(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("cut_body", *CHARGES)
    with pytest.raises(stripe.APIConnectionError):
        shop.charge(*patient, KEY)
    assert len(shop.server.effects()) == 1
    assert shop.charge(*patient, KEY).status == "succeeded"
    assert len(shop.server.effects()) == 1


def test_error500_before_charges_nothing_and_spends_the_key(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("error500_before", *CHARGES)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            shop.charge(*patient, KEY)
        assert caught.value.http_status == 500
    assert shop.server.effects() == []
    assert shop.server.requests()[-1]["replayed"] is True
    assert shop.charge(*patient).status == "succeeded"


def test_error500_after_charges_and_keeps_saying_500(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("error500_after", *CHARGES)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            shop.charge(*patient, KEY)
        assert caught.value.http_status == 500
    assert len(shop.server.effects()) == 1
    found = shop.client.v1.payment_intents.list({"customer": patient[0]}).data
    assert [intent.status for intent in found] == ["succeeded"]


def test_rate_limit_comes_before_the_key_is_looked_at(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("rate_limit", *CHARGES)
    with pytest.raises(stripe.RateLimitError):
        shop.charge(*patient, KEY)
    assert shop.charge(*patient, KEY).status == "succeeded"
    assert len(shop.server.effects()) == 1


def test_outage_answers_503_until_it_is_cleared(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("outage", count=None)
    for _ in range(3):
        with pytest.raises(stripe.APIError) as caught:
            shop.charge(*patient, KEY)
        assert caught.value.http_status == 503
    shop.server.clear_faults()
    assert shop.charge(*patient, KEY).status == "succeeded"


@pytest.mark.parametrize("kind", ["latency", "latency_before"])
def test_latency_makes_the_answer_late(shop: Shop, patient: tuple[str, str], kind: str) -> None:
    shop.server.add_fault(kind, *CHARGES, seconds=0.2)
    began = time.monotonic()
    assert shop.charge(*patient).status == "succeeded"
    assert time.monotonic() - began >= 0.2


def test_a_rule_counts_and_may_wait_for_the_nth_request(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("rate_limit", *CHARGES, count=1, nth=2)
    assert shop.charge(*patient).status == "succeeded"
    with pytest.raises(stripe.RateLimitError):
        shop.charge(*patient)
    assert shop.charge(*patient).status == "succeeded"
    assert [(rule["seen"], rule["struck"]) for rule in shop.server.faults()] == [(2, 1)]


def test_a_rule_may_look_into_the_body(shop: Shop, patient: tuple[str, str]) -> None:
    shop.server.add_fault("rate_limit", *CHARGES, body=r"amount=4200\b")
    assert shop.charge(*patient).status == "succeeded"
    with pytest.raises(stripe.RateLimitError):
        shop.charge(*patient, amount=4200)


def test_other_requests_are_left_alone(shop: Shop) -> None:
    shop.server.add_fault("drop_before", *CHARGES)
    assert shop.customer()


def test_an_unknown_fault_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="Unknown fault"):
        shop.server.add_fault("explode")
