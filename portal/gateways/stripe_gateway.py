"""Stripe, spoken to through its SDK: the only module that imports it.

Three kinds of answer: an Intent (Stripe told us what is true), StripeUnanswered (we do not know), StripeRefused (this account
cannot be used now: a revoked key, an outage, too many requests). Amounts are cents; times are aware UTC.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from portal.config import Config

CONNECT_TIMEOUT = 5
RATE_LIMIT_WAITS = (0.5, 1.0, 2.0)
EXPAND = ["latest_charge", "payment_method"]


class StripeUnanswered(Exception):
    """We do not know whether the request had an effect. `is_key_spent`: its key now only replays an error, so look, never resend."""

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


_config: Config | None = None
_client: stripe.StripeClient | None = None


def configure(config: Config) -> None:
    """Makes the client of this process; telemetry stays off, retries and timeouts are explicit."""
    global _config, _client
    stripe.enable_telemetry = False
    _config = config
    _client = stripe.StripeClient(
        config.stripe_secret_key or "sk_test_unset",
        base_addresses={"api": config.stripe_api_base},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT, config.stripe_timeout)),
    )


def check_account(account: str) -> str:
    """The id of the account behind the key. Raises StripeRefused or StripeUnanswered."""
    return str(_ask(lambda client: client.v1.accounts.retrieve_current(options=_options(account))).id)


def create_customer(account: str, key: str, metadata: dict[str, str]) -> str:
    """Makes a customer; the same key makes the same one. Metadata holds ids only."""
    params: Any = {"metadata": metadata}
    return str(_ask(lambda client: client.v1.customers.create(params, _options(account, key))).id)


def charge(account: str, key: str, wanted: Charge) -> Intent:
    """Asks for the money at once. A decline is an Intent with a code, not an exception."""
    params: Any = _payment_params(wanted) | {"confirm": True}
    if wanted.is_off_session:
        params["off_session"] = True
    return _intent_from(lambda client: client.v1.payment_intents.create(params, _options(account, key)))


def prepare_payment(account: str, key: str, wanted: Charge) -> Intent:
    """Makes an intent that the patient's browser confirms; the card is saved for later draws in the same step."""
    params: Any = _payment_params(wanted) | {"setup_future_usage": "off_session"}
    return _intent_from(lambda client: client.v1.payment_intents.create(params, _options(account, key)))


def retrieve_payment(account: str, intent_id: str) -> Intent:
    """A payment intent as it is now."""
    params: Any = {"expand": EXPAND}
    return _intent_from(lambda client: client.v1.payment_intents.retrieve(intent_id, params, _options(account)))


def cancel_payment(account: str, intent_id: str) -> Intent:
    """Cancels an unfinished intent, or answers what it is where it can no longer be cancelled (it may have succeeded)."""
    try:
        return _intent_from(lambda client: client.v1.payment_intents.cancel(intent_id, None, _options(account)))
    except StripeMisused:
        return retrieve_payment(account, intent_id)


def payments_since(account: str, since: datetime, customer_id: str | None = None) -> Iterator[Intent]:
    """Payment intents created at or after `since` (Stripe's time), newest first."""
    params: Any = {"limit": 100, "created": {"gte": int(since.timestamp())}, "expand": ["data.latest_charge", "data.payment_method"]}
    if customer_id:
        params["customer"] = customer_id
    while True:
        page = _ask(lambda client: client.v1.payment_intents.list(params, _options(account)))
        yield from (_intent(found) for found in page.data)
        if not page.has_more or not page.data:
            return
        params = params | {"starting_after": page.data[-1].id}


def prepare_setup(account: str, key: str, customer_id: str, metadata: dict[str, str]) -> Intent:
    """Makes a setup intent that the patient's browser confirms, to keep a card without charging it."""
    params: Any = {
        "customer": customer_id,
        "usage": "off_session",
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
    }
    return _intent(_ask(lambda client: client.v1.setup_intents.create(params, _options(account, key))))


def retrieve_setup(account: str, intent_id: str) -> Intent:
    """A setup intent as it is now."""
    params: Any = {"expand": ["payment_method"]}
    return _intent(_ask(lambda client: client.v1.setup_intents.retrieve(intent_id, params, _options(account))))


def retrieve_card(account: str, payment_method_id: str) -> CardFacts | None:
    """What is known of a saved card; None for a payment method that is not a card."""
    return _card(_ask(lambda client: client.v1.payment_methods.retrieve(payment_method_id, None, _options(account))))


def read_event(body: bytes, signature: str) -> Event:
    """Verifies the raw body against its signature (at most 300 s old). Raises ForgedEvent."""
    if _client is None or _config is None or not _config.stripe_webhook_secret:
        raise ForgedEvent("no webhook secret is set")
    try:
        event: Any = _client.construct_event(body, signature, _config.stripe_webhook_secret, tolerance=300)
        found = Event(str(event.id), str(event.type), str(getattr(event, "account", None) or ""), str(event.data.object["id"]))
    except (stripe.SignatureVerificationError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ForgedEvent(type(error).__name__) from error
    return found


def _payment_params(wanted: Charge) -> dict[str, Any]:
    params: dict[str, Any] = {
        "amount": wanted.cents,
        "currency": wanted.currency.lower(),
        "customer": wanted.customer_id,
        "allowed_payment_method_types": ["card"],
        "metadata": wanted.metadata,
        "expand": EXPAND,
    }
    if wanted.payment_method_id:
        params["payment_method"] = wanted.payment_method_id
    return params


def _options(account: str, key: str | None = None) -> Any:
    options: dict[str, Any] = {}
    if account:
        options["stripe_account"] = account
    if key:
        options["idempotency_key"] = key
    return options


def _intent_from(call: Callable[[stripe.StripeClient], Any]) -> Intent:
    try:
        return _intent(_ask(call))
    except stripe.CardError as error:
        found = getattr(error.error, "payment_intent", None) if error.error else None
        if found is None:
            raise StripeUnanswered("declined without an intent", is_key_spent=True) from error
        return _intent(found, error.error)


def _ask(call: Callable[[stripe.StripeClient], Any]) -> Any:
    """One question, its failures told apart; a CardError is the caller's to read."""
    if _client is None:
        raise RuntimeError("configure() has not been called")
    for wait in (*RATE_LIMIT_WAITS, None):
        try:
            return call(_client)
        except stripe.RateLimitError as error:
            if wait is None:
                raise StripeRefused("too many requests") from error
            time.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, protects nothing
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise StripeRefused(type(error).__name__) from error
        except stripe.IdempotencyError as error:
            raise StripeUnanswered("the key was used for another request", is_key_spent=True) from error
        except stripe.APIConnectionError as error:
            raise StripeUnanswered("no answer") from error
        except stripe.InvalidRequestError as error:
            if error.http_status == 409:
                raise StripeUnanswered("the same request is still running") from error
            raise StripeMisused(error.user_message or str(error), error.code, error.param) from error
        except stripe.APIError as error:
            if error.http_status == 503:
                raise StripeRefused("Stripe is away") from error
            raise StripeUnanswered(f"answered {error.http_status}", is_key_spent=True) from error
    raise AssertionError("unreachable")


def _intent(found: Any, error: Any = None) -> Intent:
    last_error = error or getattr(found, "last_payment_error", None) or getattr(found, "last_setup_error", None)
    return Intent(
        id=str(found.id),
        status=str(found.status),
        client_secret=str(getattr(found, "client_secret", None) or ""),
        cents=int(getattr(found, "amount", 0) or 0),
        currency=str(getattr(found, "currency", "") or "").upper(),
        customer_id=_id_of(getattr(found, "customer", None)),
        metadata={str(name): str(value) for name, value in dict((found.metadata or {}).items()).items()} if found.metadata else {},
        created_at=datetime.fromtimestamp(int(found.created), UTC),
        card=_card(getattr(found, "payment_method", None)) or _card_of_charge(found),
        code=getattr(last_error, "code", None),
        decline_code=getattr(last_error, "decline_code", None),
        advice_code=getattr(last_error, "advice_code", None),
    )


def _card(method: Any) -> CardFacts | None:
    card = getattr(method, "card", None)
    if method is None or isinstance(method, str) or card is None:
        return None
    return CardFacts(str(method.id), str(card.brand), str(card.last4), int(card.exp_month), int(card.exp_year))


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
