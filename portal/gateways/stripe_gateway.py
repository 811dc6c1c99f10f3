"""Stripe, spoken to through its SDK: the only module that imports it.

Three kinds of answer: an Intent (Stripe told us what is true), StripeUnanswered (we do not know), StripeRefused (this
account cannot be used now: a revoked key, an outage, too many requests). Amounts are cents; times are aware UTC.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import stripe

from portal.config import Config
from portal.gateways.stripe_answers import (
    Charge,
    Event,
    ForgedEvent,
    Intent,
    StripeMisused,
    StripeRefused,
    StripeUnanswered,
    intent_of,
)

CONNECT_TIMEOUT = 5
RATE_LIMIT_WAITS = (0.5, 1.0, 2.0)
EXPAND = ["latest_charge", "payment_method"]

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
    """Cancels an unfinished intent, or answers what it is where that is too late (it may have succeeded)."""
    try:
        return _intent_from(lambda client: client.v1.payment_intents.cancel(intent_id, None, _options(account)))
    except StripeMisused:
        return retrieve_payment(account, intent_id)


def payments(account: str, since: datetime | None = None, customer_id: str | None = None) -> Iterator[Intent]:
    """Payment intents, newest first: of one customer, or created at or after `since` (Stripe's own time), or all."""
    params: Any = {"limit": 100, "expand": ["data.latest_charge", "data.payment_method"]}
    if since:
        params["created"] = {"gte": int(since.timestamp())}
    if customer_id:
        params["customer"] = customer_id
    page = _ask(lambda client: client.v1.payment_intents.list(params, _options(account)))
    while page.data:
        yield from (intent_of(found) for found in page.data)
        if not page.has_more:
            return
        page = _page_after(account, params, page.data[-1].id)


def _page_after(account: str, params: Any, last_id: str) -> Any:
    following: Any = params | {"starting_after": last_id}
    return _ask(lambda client: client.v1.payment_intents.list(following, _options(account)))


def prepare_setup(account: str, key: str, customer_id: str, metadata: dict[str, str]) -> Intent:
    """Makes a setup intent that the patient's browser confirms, to keep a card without charging it."""
    params: Any = {
        "customer": customer_id,
        "usage": "off_session",
        "allowed_payment_method_types": ["card"],
        "metadata": metadata,
    }
    return intent_of(_ask(lambda client: client.v1.setup_intents.create(params, _options(account, key))))


def retrieve_setup(account: str, intent_id: str) -> Intent:
    """A setup intent as it is now."""
    params: Any = {"expand": ["payment_method"]}
    return intent_of(_ask(lambda client: client.v1.setup_intents.retrieve(intent_id, params, _options(account))))


def read_event(body: bytes, signature: str) -> Event:
    """Verifies the raw body against its signature (at most 300 s old). Raises ForgedEvent."""
    if _client is None or _config is None or not _config.stripe_webhook_secret:
        raise ForgedEvent("no webhook secret is set")
    try:
        event: Any = _client.construct_event(body, signature, _config.stripe_webhook_secret, tolerance=300)
        found = Event(
            str(event.id), str(event.type), str(getattr(event, "account", None) or ""), str(event.data.object["id"])
        )
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
        return intent_of(_ask(call))
    except stripe.CardError as error:
        found = getattr(error.error, "payment_intent", None) if error.error else None
        if found is None:
            raise StripeUnanswered("declined without an intent", is_key_spent=True) from error
        return intent_of(found, error.error)


def _ask(call: Callable[[stripe.StripeClient], Any]) -> Any:
    """One question, asked again under the same key while Stripe is too busy; a CardError is the caller's to read."""
    if _client is None:
        raise RuntimeError("configure() has not been called")
    for wait in RATE_LIMIT_WAITS:
        try:
            return _ask_once(_client, call)
        except stripe.RateLimitError:
            time.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, protects nothing
    try:
        return _ask_once(_client, call)
    except stripe.RateLimitError as error:
        raise StripeRefused("too many requests") from error


def _ask_once(client: stripe.StripeClient, call: Callable[[stripe.StripeClient], Any]) -> Any:
    try:
        return call(client)
    except (stripe.CardError, stripe.RateLimitError):
        raise
    except stripe.StripeError as error:
        raise _told_apart(error) from error


def _told_apart(error: stripe.StripeError) -> Exception:
    """What a failure leaves us knowing: nothing was done, or we cannot say."""
    match error:
        case stripe.AuthenticationError() | stripe.PermissionError():
            return StripeRefused(type(error).__name__)
        case stripe.IdempotencyError():
            return StripeUnanswered("the key was used for another request", is_key_spent=True)
        case stripe.InvalidRequestError():
            return StripeMisused(error.user_message or str(error), error.code, error.param)
        case stripe.APIError() if error.http_status == 503:
            return StripeRefused("Stripe is away")
        case stripe.APIError() if error.http_status == 409:
            return StripeUnanswered("the same request is still running")
        case stripe.APIError():
            return StripeUnanswered(f"answered {error.http_status}", is_key_spent=True)
        case _:
            return StripeUnanswered(f"no answer ({type(error).__name__})")
