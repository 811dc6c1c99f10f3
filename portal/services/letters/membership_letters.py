"""Letters about a membership: its beginning, its card, its cancelling, its end. Each is queued once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.models import Card, Clinic, Invoice, Membership, Receipt, SignedAgreement
from portal.models.letters.outbox import AttachmentKind
from portal.rules.states import MembershipStatus
from portal.services.letters import facts, outbox


def welcome(
    session: Session,
    membership: Membership,
    invoice: Invoice,
    receipt: Receipt,
    signed_agreement: SignedAgreement,
    now: datetime,
) -> None:
    """Queues the welcome: receipt, terms, how to cancel, the signed agreement; once a membership."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    _queue(
        session, clinic, membership, "welcome", str(membership.id), now,
        attached=(AttachmentKind.SIGNED_AGREEMENT, signed_agreement.id),
        receipt=facts.receipt_facts(session, clinic, invoice, receipt),
        agreement_title=signed_agreement.title,
        commitment_until=membership.commitment_until,
        cancellation_fee_cents=membership.cancellation_fee_cents,
    )  # fmt: skip


def cancellation_confirmed(session: Session, membership: Membership, event_id: UUID, now: datetime) -> None:
    """Queues the confirmation of a cancellation, with its last day and fee; once an event."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    ends_on = membership.ends_on or membership.ended_on or facts.date_at(clinic, now)
    _queue(
        session, clinic, membership, "cancellation_confirmed", str(event_id), now,
        ends_on=ends_on,
        # Who cancels while past due has paid nothing ahead: it ends with this very change.
        is_ended=membership.status in {MembershipStatus.PAST_DUE, MembershipStatus.ENDED},
        fee_cents=_cancellation_fee_cents(membership, ends_on),
    )  # fmt: skip


def cancellation_undone(session: Session, membership: Membership, event_id: UUID, now: datetime) -> None:
    """Queues the news that the membership goes on; once an event."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    _queue(session, clinic, membership, "cancellation_undone", str(event_id), now)


def ended(session: Session, membership: Membership, now: datetime) -> None:
    """Queues the news that the membership has ended; once a membership."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    ended_on = membership.ended_on or facts.date_at(clinic, now)
    _queue(session, clinic, membership, "ended", str(membership.id), now, ended_on=ended_on)


def ended_for_non_payment(session: Session, membership: Membership, now: datetime) -> None:
    """Queues the news that the membership ended because a draw stayed declined; once a membership."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    ended_on = membership.ended_on or facts.date_at(clinic, now)
    _queue(session, clinic, membership, "ended_for_non_payment", str(membership.id), now, ended_on=ended_on)


def card_updated(session: Session, membership: Membership, card: Card, cause: str, now: datetime) -> None:
    """Queues the news that another card is drawn; once a cause, such as the setup intent's id."""
    clinic = facts.clinic_of(session, membership.clinic_id)
    _queue(
        session, clinic, membership, "card_updated", cause, now,
        card=facts.card_name(card.brand, card.last4),
        expires=f"{card.exp_month:02}/{card.exp_year}",
    )  # fmt: skip


def _queue(
    session: Session,
    clinic: Clinic,
    membership: Membership,
    kind: str,
    cause: str,
    now: datetime,
    **given: Any,
) -> None:
    patient = facts.patient_of(session, membership.clinic_id, membership.patient_id)
    described = facts.membership_facts(session, clinic, membership)
    outbox.queue(session, clinic, patient, kind, cause, now, membership=described, **given)


def _cancellation_fee_cents(membership: Membership, last_day_on: date) -> int:
    """What ending on that day costs by the membership's own terms, in cents; it is asked for once it has ended."""
    until = membership.commitment_until
    return membership.cancellation_fee_cents if until is not None and last_day_on < until else 0
