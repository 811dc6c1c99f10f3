"""What the patient's browser does at Stripe, without a browser: confirms an intent with the publishable key."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


def confirm_payment(stripe_url: str, client_secret: str, card: str) -> dict[str, Any]:
    """Confirms a payment intent with a test card; a decline is answered, not raised."""
    return _confirm(stripe_url, "payment_intents", client_secret, card)


def confirm_setup(stripe_url: str, client_secret: str, card: str) -> dict[str, Any]:
    """Confirms a setup intent with a test card."""
    return _confirm(stripe_url, "setup_intents", client_secret, card)


def answer_bank(stripe_url: str, client_secret: str, outcome: str) -> dict[str, Any]:
    """The patient's answer in the bank's 3-D Secure dialog: "pass" or "fail"."""
    intent_id = client_secret.partition("_secret_")[0]
    return _post(f"{stripe_url}/v1/sandbox/3ds/{intent_id}", {"client_secret": client_secret, "outcome": outcome})


def _confirm(stripe_url: str, kind: str, client_secret: str, card: str) -> dict[str, Any]:
    intent_id = client_secret.partition("_secret_")[0]
    fields = {"client_secret": client_secret, "payment_method": card, "return_url": "http://127.0.0.1/done"}
    return _post(f"{stripe_url}/v1/{kind}/{intent_id}/confirm", fields)


def _post(url: str, fields: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Authorization": "Bearer pk_test_sandbox"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))
