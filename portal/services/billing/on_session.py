"""A payment with the patient at the page: prepared for the browser to confirm, looked at again afterwards."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import Intent, StripeMisused, StripeRefused, StripeUnanswered
from portal.models import PaymentAttempt
from portal.rules.states import AttemptStatus
from portal.services.billing import attempts, payments, settlement
from portal.services.billing.settlement import Settled

__all__ = [
    "Authenticate",
    "Confirm",
    "Declined",
    "Outcome",
    "Paid",
    "StripeMisused",
    "StripeRefused",
    "StripeUnanswered",
    "Waiting",
]


class Paid(NamedTuple):
    """The money is there and the membership knows it."""


class Confirm(NamedTuple):
    """The browser confirms this intent with the card that the patient types in."""

    client_secret: str
    kind: str = "payment"


class Authenticate(NamedTuple):
    """The bank wants the patient to confirm the payment with the saved card."""

    client_secret: str


class Declined(NamedTuple):
    """The bank said no; nothing was taken."""

    code: str | None
    decline_code: str | None


class Waiting(NamedTuple):
    """Not known yet; asking again in a moment is safe."""


Outcome = Paid | Confirm | Authenticate | Declined | Waiting


def start(attempt_id: UUID) -> Outcome:
    """Asks Stripe for an attempt of the page under its own key: twice at once is the same intent.

    Raises StripeRefused or StripeUnanswered when nothing is known; nothing was taken without the patient's confirmation
    unless a saved card was named, and the sweep finds out about that one.
    """
    with db.reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        account, key, wanted = attempt.account, attempt.key, attempts.charge_of(session, attempt)
    settled = payments.ask(attempt_id, account, key, wanted, "patient")
    return Waiting() if settled is None else _outcome(attempt_id)


def resolve_open(attempt_id: UUID, wants_new_card: bool, fits: bool) -> Outcome | None:
    """What an attempt that is open already means for pressing "pay" once more; None: it is ended, open the next one.

    Two tabs and a double press get the same intent; another card or another amount cancels the earlier intent first,
    and if that turns out to have succeeded, it is settled instead.
    """
    with db.reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        uses_new_card = attempt.payment_method_id is None
        is_prepared, is_key_spent = attempt.intent_id is not None, attempt.is_key_spent
    fits = fits and wants_new_card == uses_new_card
    # A spent key only replays its error: then what Stripe lists is the truth.
    if not is_prepared and not is_key_spent and fits:
        return start(attempt_id)
    intent = _look(attempt_id)
    if intent is not None:
        match _settle(attempt_id, intent):
            case Settled.SUCCEEDED:
                return Paid()
            case Settled.WAITING if intent.status == "processing":
                return Waiting()
            case Settled.WAITING if fits and uses_new_card and intent.status == "requires_payment_method":
                return Confirm(intent.client_secret)
    after = {Settled.SUCCEEDED: Paid(), Settled.WAITING: Waiting(), Settled.DECLINED: None}
    return after[payments.cancel_open(attempt_id, "patient")]


def finish(attempt_id: UUID) -> Outcome:
    """Looks at Stripe's truth after the browser says that it is done, and settles it. Twice is once."""
    intent = _look(attempt_id)
    if intent is not None:
        _settle(attempt_id, intent)
    return _outcome(attempt_id)


def _look(attempt_id: UUID) -> Intent | None:
    with db.reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
        account, intent_id, customer_id = attempt.account, attempt.intent_id, attempt.customer_id
    if intent_id is None:
        return payments.listed(account, customer_id, attempt_id)
    try:
        return stripe_gateway.retrieve_payment(account, intent_id)
    except StripeMisused:
        return None


def _settle(attempt_id: UUID, intent: Intent) -> Settled:
    with db.begin() as session:
        return settlement.settle(session, attempt_id, intent, clock.now(), "patient")


def _outcome(attempt_id: UUID) -> Outcome:
    with db.reading() as session:
        attempt = session.get_one(PaymentAttempt, attempt_id)
    match attempt.status:
        case AttemptStatus.SUCCEEDED:
            return Paid()
        case AttemptStatus.DECLINED:
            return Declined(attempt.code, attempt.decline_code)
        case AttemptStatus.NEEDS_PATIENT:
            intent = _look(attempt_id)
            if intent is None:
                return Waiting()
            if intent.status == "requires_action":
                return Authenticate(intent.client_secret)
            return Confirm(intent.client_secret)
        case _:
            return Waiting()
