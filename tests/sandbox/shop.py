"""A shop that charges cards at the sandbox Stripe through the real SDK, as the portal does."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from sandbox.stripe.server import RunningStripe

NUMBERS = {"exp_month": "12", "exp_year": "2034", "cvc": "123"}


class Shop:
    """One client of a running sandbox, with the few requests most tests begin with."""

    def __init__(self, server: RunningStripe) -> None:
        self.server = server
        self.client = self.client_with("sk_test_sandbox")
        self.browser = self.client_with("pk_test_sandbox")

    def client_with(self, key: str, retries: int = 0) -> stripe.StripeClient:
        """A client that uses this key."""
        return stripe.StripeClient(key, base_addresses={"api": self.server.url}, max_network_retries=retries)

    def customer(self, **options: Any) -> str:
        """A new customer's id."""
        return self.client.v1.customers.create({"metadata": {"patient": "p1"}}, options or None).id

    def saved_card(self, customer: str, alias: str = "pm_card_visa", **options: Any) -> str:
        """A test card saved to the customer: the id of its payment method."""
        return self.client.v1.payment_methods.attach(alias, {"customer": customer}, options or None).id

    def typed_card(self, number: str = "4242424242424242", **fields: str) -> str:
        """A card as a patient's browser makes it from the number typed in."""
        card: Any = {**NUMBERS, "number": number, **fields}
        return self.browser.v1.payment_methods.create({"type": "card", "card": card}).id

    def charge(self, customer: str, card: str, options: Any = None, **params: Any) -> stripe.PaymentIntent:
        """An off-session draw of $99."""
        wanted: Any = {
            "amount": 9900,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "confirm": True,
            "off_session": True,
            "allowed_payment_method_types": ["card"],
            **params,
        }
        return self.client.v1.payment_intents.create(wanted, options)

    def declined(self, customer: str, card: str, **params: Any) -> Any:
        """The error of a draw that must be declined."""
        with pytest.raises(stripe.CardError) as caught:
            self.charge(customer, card, **params)
        assert caught.value.http_status == 402
        return caught.value.error

    def open_intent(self, **params: Any) -> stripe.PaymentIntent:
        """An intent for a browser to confirm."""
        wanted: Any = {"amount": 9900, "currency": "usd", "allowed_payment_method_types": ["card"], **params}
        return self.client.v1.payment_intents.create(wanted)

    def confirm_in_browser(self, intent: stripe.PaymentIntent, card: str) -> stripe.PaymentIntent:
        """What Stripe.js sends when the patient presses Pay."""
        params: Any = {"client_secret": intent.client_secret, "payment_method": card}
        return self.browser.v1.payment_intents.confirm(intent.id, params)

    def answer_challenge(self, intent: Any, outcome: str) -> Any:
        """What the 3-D Secure dialog sends."""
        params = {"client_secret": intent.client_secret, "outcome": outcome}
        return self.browser.raw_request("post", f"/v1/sandbox/3ds/{intent.id}", **params)
