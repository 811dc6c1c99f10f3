"""Asking Stripe: one attempt at a time, no transaction open meanwhile, and what is done when no answer comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import update

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import Charge, Intent, StripeMisused, StripeRefused, StripeUnanswered
from portal.models import Invoice, Patient, PaymentAttempt
from portal.models.billing.invoice import InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.rules.states import AttemptStatus
from portal.services.billing import attempts, decline, settlement
from portal.services.billing.settlement import Settled

log = structlog.get_logger()
KEY_LIFE = timedelta(hours=23)
PATIENT_MAY_TAKE = timedelta(hours=1)
BROKEN_PAUSE = timedelta(hours=1)


def collect(attempt_id: UUID, lease: timedelta) -> Settled | None:
    """Claims a ready attempt, asks Stripe, settles. None: somebody else has it, or nobody knows the answer yet.

    Running twice asks once. Raises StripeRefused where the account cannot be used now; the attempt then stays sent, and
    the sweep looks it up later.
    """
    with db.begin() as session:
        if not attempts.claim(session, attempt_id, clock.wall_now(), clock.now(), lease):
            return None
        attempt = session.get_one(PaymentAttempt, attempt_id)
        account, key, wanted = attempt.account, attempt.key, attempts.charge_of(session, attempt)
    return ask(attempt_id, account, key, wanted, "scheduler")


def ask(attempt_id: UUID, account: str, key: str, wanted: Charge, actor: str) -> Settled | None:
    """Sends a claimed attempt under its own key and settles the answer; the same row always sends the same request."""
    try:
        if wanted.is_off_session or wanted.payment_method_id:
            intent = stripe_gateway.charge(account, key, wanted)
        else:
            intent = stripe_gateway.prepare_payment(account, key, wanted)
    except StripeUnanswered as unanswered:
        log.warning("unanswered", attempt=str(attempt_id), reason=str(unanswered))
        _note_unanswered(attempt_id, unanswered.is_key_spent)
        return None
    except StripeMisused as misused:
        return _settle_misused(attempt_id, misused, actor)
    with db.begin() as session:
        return settlement.settle(session, attempt_id, intent, clock.now(), actor)


def sweep_unanswered(lease: timedelta, limit: int = 500) -> int:
    """Ends the uncertainty of attempts whose answer never came; counts those that it ended.

    Looks first (list by customer); resends under the same key only while that key is young and unspent; else, as the
    list proves that Stripe never had it, gives the attempt up and opens the next one.
    """
    ended, stopped = 0, set[str]()
    for mode in AttemptMode:
        with db.reading() as session:
            found = attempts.unanswered(session, clock.wall_now(), mode, limit)
        for attempt_id, account in found:
            if account in stopped:
                continue
            try:
                ended += _end_uncertainty(attempt_id, lease)
            except StripeRefused as refused:
                log.warning("account stopped", account=account, reason=str(refused))
                stopped.add(account)
            except StripeUnanswered as unanswered:
                log.warning("unanswered", attempt=str(attempt_id), reason=str(unanswered))
            except Exception:
                log.exception("sweep broke", attempt=str(attempt_id))
    return ended


def cancel_open(attempt_id: UUID, actor: str) -> Settled:
    """Ends an attempt at Stripe before another is opened; if it has succeeded meanwhile, settles that instead.

    Waiting: it is being asked for at this moment and cannot be taken back, so nothing else may be asked.
    """
    with db.begin() as session:
        attempt = attempts.locked(session, attempt_id)
        if attempt.status == AttemptStatus.READY:
            decline.accept(session, attempt, None, clock.now(), actor, code=decline.NEVER_ARRIVED)
            return Settled.DECLINED
        if attempts.is_being_charged(attempt, clock.wall_now()):
            return Settled.WAITING
        account, intent_id, customer_id = attempt.account, attempt.intent_id, attempt.customer_id
    found = listed(account, customer_id, attempt_id) if intent_id is None else None
    known = intent_id or (found.id if found else None)
    intent = stripe_gateway.cancel_payment(account, known) if known else None
    with db.begin() as session:
        if intent is not None:
            return settlement.settle(session, attempt_id, intent, clock.now(), actor)
        attempt = attempts.locked(session, attempt_id)
        decline.accept(session, attempt, None, clock.now(), actor, code=decline.NEVER_ARRIVED)
        # Settled by somebody else while Stripe was asked, it is not given up.
        return Settled.SUCCEEDED if attempt.status == AttemptStatus.SUCCEEDED else Settled.DECLINED


def cancel_declined(clinic_id: UUID, membership_id: UUID, actor: str) -> Settled | None:
    """Ends at Stripe what a browser could still confirm with another card after a decline; None: there is nothing.

    Without it one tab could pay what was declined there, and another tab or a dunning day the same invoice once more.
    """
    with db.reading() as session:
        attempt_id = attempts.confirmable_id(session, clinic_id, membership_id)
    return cancel_open(attempt_id, actor) if attempt_id else None


def _end_uncertainty(attempt_id: UUID, lease: timedelta) -> int:
    now = clock.now()
    with db.begin() as session:
        if not attempts.take_over(session, attempt_id, clock.wall_now(), lease):
            return 0
        attempt = session.get_one(PaymentAttempt, attempt_id)
        wanted = attempts.charge_of(session, attempt)
        is_young = not attempt.is_key_spent and attempt.sent_at is not None and now - attempt.sent_at < KEY_LIFE
        is_stale = now - attempt.created_at > PATIENT_MAY_TAKE
        account, key, intent_id, mode = attempt.account, attempt.key, attempt.intent_id, attempt.mode
    if intent_id:
        intent: Intent | None = stripe_gateway.retrieve_payment(account, intent_id)
    else:
        intent = listed(account, wanted.customer_id, attempt_id)
    if intent is not None and mode == AttemptMode.ON_SESSION and is_stale and _is_waiting(intent):
        intent = stripe_gateway.cancel_payment(account, intent.id)
    if intent is not None:
        with db.begin() as session:
            settled = settlement.settle(session, attempt_id, intent, now, "scheduler")
        return int(settled != Settled.WAITING)
    if mode == AttemptMode.OFF_SESSION and is_young:
        return int(ask(attempt_id, account, key, wanted, "scheduler") is not None)
    _replace(attempt_id, now)
    return 1


def _replace(attempt_id: UUID, now: datetime) -> None:
    """Stripe never had it: the attempt is given up, and for a draw the next one is opened at once."""
    with db.begin() as session:
        attempt = attempts.locked(session, attempt_id)
        if attempt.status not in attempts.OPEN:
            return
        decline.accept(session, attempt, None, now, "scheduler", code=decline.NEVER_ARRIVED)
        invoice = session.get_one(Invoice, attempt.invoice_id, populate_existing=True)
        if attempt.mode == AttemptMode.ON_SESSION or invoice.status != InvoiceStatus.OPEN:
            return
        membership = attempts.membership_of(session, attempt)
        patient = session.get_one(Patient, membership.patient_id)
        attempts.open_attempt(session, invoice, patient, attempt.account, membership.card, attempt.mode, now)


def listed(account: str, customer_id: str, attempt_id: UUID) -> Intent | None:
    """The intent of an attempt by Stripe's own list of the customer's payments; None proves that it has none."""
    wanted = str(attempt_id)
    found = (
        intent
        for intent in stripe_gateway.payments(account, customer_id=customer_id)
        if intent.metadata.get("attempt") == wanted
    )
    return next(found, None)


def _is_waiting(intent: Intent) -> bool:
    return intent.status in {"requires_payment_method", "requires_confirmation", "requires_action"}


def _note_unanswered(attempt_id: UUID, is_key_spent: bool) -> None:
    if is_key_spent:
        with db.begin() as session:
            session.execute(update(PaymentAttempt).where(PaymentAttempt.id == attempt_id).values(is_key_spent=True))


def _settle_misused(attempt_id: UUID, misused: StripeMisused, actor: str) -> Settled | None:
    """A card or customer that Stripe no longer knows is a decline; else it is our mistake, reported and paused."""
    with db.begin() as session:
        attempt = attempts.locked(session, attempt_id)
        if misused.param in {"payment_method", "customer"}:
            decline.accept(session, attempt, None, clock.now(), actor, code=decline.NO_CARD)
            return Settled.DECLINED
        attempt.claimed_until = clock.wall_now() + BROKEN_PAUSE
    log.error("request refused", attempt=str(attempt_id), code=misused.code, param=misused.param)
    return None
