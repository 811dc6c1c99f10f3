"""The webhook inbox: an event is verified, kept once, and applied by reading its object anew, not from its payload."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import ForgedEvent, StripeMisused
from portal.models import Clinic, Enrollment, Membership, StripeEvent
from portal.services.billing import card_change, cards, catch_up
from portal.services.membership import enrollment_payment
from portal.services.membership.enrollment import NotOpen

log = structlog.get_logger()
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
PAYMENT_EVENTS = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.canceled",
    }
)


class Forged(Exception):
    """The event was not signed by Stripe, is too old, or belongs to an account that is not ours."""


def receive(body: bytes, signature: str, wall_now: datetime) -> UUID | None:
    """Keeps a verified event, unique by (account, id); None for one that is kept already. Raises Forged."""
    try:
        event = stripe_gateway.read_event(body, signature)
    except ForgedEvent as error:
        raise Forged(str(error)) from error
    with db.begin() as session:
        if event.account and session.scalar(select(Clinic.id).where(Clinic.stripe_account == event.account)) is None:
            raise Forged("an account of nobody here")
    try:
        with db.begin() as session:
            kept = StripeEvent(
                account=event.account,
                event_id=event.id,
                kind=event.kind,
                object_id=event.object_id,
                received_at=wall_now,
                next_try_at=wall_now,
            )
            session.add(kept)
            session.flush()
            return kept.id
    except IntegrityError:
        return None


def apply(event_id: UUID) -> bool:
    """Applies a kept event by asking Stripe what is true now; unknown kinds need nothing. Twice is once."""
    with db.reading() as session:
        event = session.get_one(StripeEvent, event_id)
        account, kind, object_id, is_applied = event.account, event.kind, event.object_id, event.applied_at
    if is_applied:
        return True
    try:
        if kind in PAYMENT_EVENTS:
            _apply_payment(account, object_id)
        elif kind == "setup_intent.succeeded":
            _apply_setup(account, object_id)
    except StripeMisused:
        log.warning("event of an unknown object", event_id=str(event_id), kind=kind)
    with db.begin() as session:
        session.execute(
            update(StripeEvent)
            .where(StripeEvent.id == event_id, StripeEvent.applied_at.is_(None))
            .values(applied_at=clock.wall_now())
        )
    return True


def _apply_payment(account: str, intent_id: str) -> None:
    intent = stripe_gateway.retrieve_payment(account, intent_id)
    with db.begin() as session:
        catch_up.learn(session, account, intent, clock.now())


def _apply_setup(account: str, intent_id: str) -> None:
    """A card was set up by a browser that may have closed before it came back to us."""
    intent = stripe_gateway.retrieve_setup(account, intent_id)
    metadata = intent.metadata
    with db.reading() as session:
        is_kept = intent.card is not None and cards.is_kept(session, account, intent.card.payment_method_id)
        enrollment = session.get(Enrollment, _id(metadata, "enrollment")) if "enrollment" in metadata else None
        membership = session.get(Membership, _id(metadata, "membership")) if "membership" in metadata else None
    try:
        if enrollment is not None and enrollment.setup_intent_id == intent_id:
            enrollment_payment.finish(enrollment.id)
        # A card that is kept came with its own visit: a late event must not put it in the place of a newer one.
        elif membership is not None and not is_kept:
            card_change.finish(membership.id, membership.clinic_id, intent_id)
    except (enrollment_payment.ReadAgain, NotOpen, card_change.NotYours) as reason:
        log.info("setup not applied", intent=intent_id, reason=type(reason).__name__)


def _id(metadata: dict[str, str], name: str) -> UUID:
    try:
        return UUID(metadata[name])
    except ValueError:
        return UUID(int=0)


def apply_waiting(limit: int = 500) -> int:
    """Applies the inbox; an event that cannot be applied now is tried again later. Counts the applied ones."""
    with db.reading() as session:
        ids = session.scalars(
            select(StripeEvent.id)
            .where(StripeEvent.applied_at.is_(None), StripeEvent.next_try_at <= clock.wall_now())
            .order_by(StripeEvent.id)
            .limit(limit)
        ).all()
    applied = 0
    for event_id in ids:
        try:
            applied += apply(event_id)
        except Exception as error:
            log.warning("event waits", event_id=str(event_id), error=type(error).__name__)
            _put_off(event_id)
    return applied


def _put_off(event_id: UUID) -> None:
    with db.begin() as session:
        event = session.get_one(StripeEvent, event_id)
        event.tries += 1
        event.next_try_at = clock.wall_now() + BACKOFF[min(event.tries, len(BACKOFF)) - 1]
