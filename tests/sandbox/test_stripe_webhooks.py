"""Webhooks are signed so that the SDK accepts them, repeated until received, and misbehave on demand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import stripe

from sandbox.stripe.webhooks import signature
from sandbox.stripe.wire import wall_seconds
from tests.sandbox.receiver import Receiver
from tests.sandbox.shop import Shop

SECRET = "whsec_sandbox"
PAID = ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.stop()


@pytest.fixture
def heard(shop: Shop, receiver: Receiver) -> Receiver:
    """A receiver that hears of charges only."""
    receiver.patient = patient = shop.customer()  # type: ignore[attr-defined]
    receiver.card = shop.saved_card(patient)  # type: ignore[attr-defined]
    shop.server.add_webhook(receiver.url, SECRET)
    return receiver


def pay(shop: Shop, heard: Receiver) -> stripe.PaymentIntent:
    return shop.charge(heard.patient, heard.card)  # type: ignore[attr-defined]


def test_the_sdk_accepts_the_signature(shop: Shop, heard: Receiver) -> None:
    intent = pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert sorted(heard.types()) == PAID
    events = [stripe.Webhook.construct_event(body, signed, SECRET) for body, signed in heard.received]
    paid = next(event for event in events if event.type == "payment_intent.succeeded")
    assert paid.data.object["id"] == intent.id
    assert paid.data.object["status"] == "succeeded"
    assert shop.client.construct_event(*heard.received[0], SECRET).id
    assert shop.client.v1.events.retrieve(paid.id).data.object["id"] == intent.id


def test_a_forged_body_or_an_old_signature_is_refused(shop: Shop, heard: Receiver) -> None:
    pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    body, signed = heard.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace(b"9900", b"1"), signed, SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signed, "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature(body, SECRET, wall_seconds() - 400), SECRET)


def test_an_event_is_sent_again_until_it_is_received(shop: Shop, heard: Receiver) -> None:
    heard.answers = [500, 302]
    pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert sorted(heard.types()) == PAID
    assert sorted(entry["status"] for entry in shop.server.webhook_log()) == [200, 200, 200, 302, 500]
    assert max(entry["attempt"] for entry in shop.server.webhook_log()) == 2


def test_switched_off_nothing_is_sent_until_it_is_released(shop: Shop, heard: Receiver) -> None:
    shop.server.deliver_webhooks(False)
    pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert heard.types() == []
    assert shop.server.release_webhooks(shuffled=True) == 3
    assert shop.server.wait_for_webhooks()
    assert sorted(heard.types()) == PAID


def test_switched_on_again_later_events_are_sent(shop: Shop, heard: Receiver) -> None:
    shop.server.deliver_webhooks(False)
    pay(shop, heard)
    shop.server.deliver_webhooks(True)
    intent = pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert sorted(heard.types()) == PAID
    assert intent.id in {event["data"]["object"]["id"] for event in heard.events()}


def test_doubled_events_have_the_same_id(shop: Shop, heard: Receiver) -> None:
    shop.server.misbehave_webhooks(copies=2)
    pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert len(heard.received) == 6
    assert len({event["id"] for event in heard.events()}) == 3


def test_late_events_come_late(shop: Shop, heard: Receiver) -> None:
    shop.server.misbehave_webhooks(late=0.3)
    began = time.monotonic()
    pay(shop, heard)
    assert heard.types() == []
    assert shop.server.wait_for_webhooks()
    assert time.monotonic() - began >= 0.3
    assert sorted(heard.types()) == PAID


def test_received_events_can_be_sent_again(shop: Shop, heard: Receiver) -> None:
    pay(shop, heard)
    assert shop.server.wait_for_webhooks()
    assert shop.server.resend_webhooks() == 3
    assert shop.server.wait_for_webhooks()
    assert len(heard.received) == 6


def test_an_event_of_a_connected_account_names_it(shop: Shop, heard: Receiver) -> None:
    shop.customer(stripe_account="acct_lumina")
    shop.customer()
    assert shop.server.wait_for_webhooks()
    assert {event.get("account") for event in heard.events()} == {"acct_lumina", None}


def test_a_receiver_that_is_away_does_not_slow_a_charge(shop: Shop, heard: Receiver) -> None:
    heard.stop()
    began = time.monotonic()
    assert pay(shop, heard).status == "succeeded"
    assert time.monotonic() - began < 1.0


def test_declines_and_cancellations_are_told(shop: Shop, heard: Receiver) -> None:
    shop.server.script(heard.card, ["lost_card"])  # type: ignore[attr-defined]
    error = shop.declined(heard.patient, heard.card)  # type: ignore[attr-defined]
    shop.client.v1.payment_intents.cancel(error.payment_intent.id)
    assert shop.server.wait_for_webhooks()
    assert {"payment_intent.payment_failed", "charge.failed", "payment_intent.canceled"} <= set(heard.types())
