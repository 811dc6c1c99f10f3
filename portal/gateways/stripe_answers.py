"""What Stripe's answers are to us: plain values, and three ways of not getting one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class StripeUnanswered(Exception):
    """We do not know whether the request had an effect.

    `is_key_spent`: its key now only replays an error, so look, never resend.
    """

    def __init__(self, reason: str, *, is_key_spent: bool = False) -> None:
        super().__init__(reason)
        self.is_key_spent = is_key_spent


class StripeRefused(Exception):
    """The account cannot be used now (revoked key, outage, rate limit): nothing was charged, nobody was declined."""


class StripeMisused(Exception):
    """Stripe did not accept the request itself; `param` names what it found wrong. Nothing was charged."""

    def __init__(self, message: str, code: str | None, param: str | None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class ForgedEvent(Exception):
    """A webhook whose signature, age or shape is wrong."""


@dataclass(frozen=True)
class CardFacts:
    """What may be kept of a card."""

    payment_method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True)
class Intent:
    """A payment intent or setup intent as Stripe knows it now."""

    id: str
    status: str
    client_secret: str
    cents: int
    currency: str
    customer_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    card: CardFacts | None = None
    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None


@dataclass(frozen=True)
class Charge:
    """What one payment attempt asks for; built from its row alone, so that a resend is the same request."""

    cents: int
    currency: str
    customer_id: str
    payment_method_id: str | None
    metadata: dict[str, str]
    is_off_session: bool


@dataclass(frozen=True)
class Event:
    """A verified webhook: what happened to which object, on which account ('' is the installation's own)."""

    id: str
    kind: str
    account: str
    object_id: str


def intent_of(found: Any, error: Any = None) -> Intent:
    last_error = error or getattr(found, "last_payment_error", None) or getattr(found, "last_setup_error", None)
    return Intent(
        id=str(found.id),
        status=str(found.status),
        client_secret=str(getattr(found, "client_secret", None) or ""),
        cents=int(getattr(found, "amount", 0) or 0),
        currency=str(getattr(found, "currency", "") or "").upper(),
        customer_id=_id_of(getattr(found, "customer", None)),
        metadata={name: str(value) for name, value in found.metadata.to_dict().items()} if found.metadata else {},
        created_at=datetime.fromtimestamp(int(found.created), UTC),
        card=_card_used(found, last_error),
        code=getattr(last_error, "code", None),
        decline_code=getattr(last_error, "decline_code", None),
        advice_code=getattr(last_error, "advice_code", None),
    )


def card_of(method: Any) -> CardFacts | None:
    card = getattr(method, "card", None)
    if method is None or isinstance(method, str) or card is None:
        return None
    return CardFacts(str(method.id), str(card.brand), str(card.last4), int(card.exp_month), int(card.exp_year))


def _card_used(found: Any, last_error: Any) -> CardFacts | None:
    named = card_of(getattr(found, "payment_method", None)) or _card_of_charge(found)
    return named or card_of(getattr(last_error, "payment_method", None))


def _card_of_charge(found: Any) -> CardFacts | None:
    latest = getattr(found, "latest_charge", None)
    if latest is None or isinstance(latest, str):
        return None
    details = getattr(getattr(latest, "payment_method_details", None), "card", None)
    method = _id_of(getattr(latest, "payment_method", None))
    if details is None or method is None:
        return None
    return CardFacts(method, str(details.brand), str(details.last4), int(details.exp_month), int(details.exp_year))


def _id_of(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value.id)
