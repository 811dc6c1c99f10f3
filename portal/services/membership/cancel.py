"""Cancelling: asked for today, in force at the end of what is paid; undone until then; ended by a job on its day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.models import Clinic, Membership
from portal.models.billing.invoice import InvoiceStatus
from portal.models.membership.membership import EndReason
from portal.rules.calendar import local_date, next_draw_after
from portal.rules.memberships import Cancellation, cancellation
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import attempts, cancellation_fee, decline, invoices, payments
from portal.services.letters import membership_letters
from portal.services.membership import memberships

log = structlog.get_logger()
RUNNING = (MembershipStatus.ACTIVE, MembershipStatus.PAST_DUE)


class NotCancellable(Exception):
    """The membership has ended, or the clinic does not let patients cancel by themselves."""


class NotUndoable(Exception):
    """There is no cancellation to undo, or its day has passed."""


def preview(membership: Membership, today: date) -> Cancellation:
    """When it would end and what the commitment would cost, were it cancelled today."""
    paid_through = None if membership.status == MembershipStatus.PAST_DUE else membership.paid_through
    return cancellation(paid_through, today, membership.commitment_until, membership.cancellation_fee_cents)


def cancel(membership_id: UUID, clinic_id: UUID, reason: str, now: datetime) -> None:
    """Cancels for the patient: at the end of what is paid; past due, at once, with nothing asked for any more.

    Opens its own transactions, as an open payment is cancelled at Stripe first; if that payment turns out to have
    succeeded, the membership runs to the end of what it paid. Twice is once. Raises NotCancellable.
    """
    for attempt_id in _waiting_attempts(clinic_id, membership_id):
        payments.cancel_open(attempt_id, "patient")
    payments.cancel_declined(clinic_id, membership_id, "patient")
    with db.begin() as session:
        membership = memberships.locked(session, clinic_id, membership_id)
        clinic = memberships.clinic_of(session, membership)
        if membership.ends_on is not None:
            return
        if membership.status not in RUNNING or not clinic.programme.patients_may_cancel:
            raise NotCancellable
        today = local_date(now, clinic.time_zone)
        _take_back_unasked(session, membership, now)
        membership.next_draw_on = None
        membership.ends_on = preview(membership, today).ends_on
        membership.cancel_reason = reason[:500]
        event = memberships.record(
            session, membership, "cancelled", now, "patient", ends_on=membership.ends_on.isoformat()
        )
        membership_letters.cancellation_confirmed(session, membership, event.id, now)
        if membership.status == MembershipStatus.PAST_DUE:
            _end_past_due(session, membership, today, now)
        else:
            _drop_draw_not_asked(session, membership)


def undo(session: Session, membership_id: UUID, clinic_id: UUID, now: datetime) -> None:
    """Takes a cancellation back until its last day; the next draw stands where it stood. Raises NotUndoable."""
    membership = memberships.locked(session, clinic_id, membership_id)
    today = local_date(now, memberships.clinic_of(session, membership).time_zone)
    if membership.status != MembershipStatus.ACTIVE or membership.ends_on is None or membership.ends_on < today:
        raise NotUndoable
    membership.ends_on = None
    membership.cancel_reason = ""
    membership.next_draw_on = next_draw_after(membership.schedule, invoices.settled_through(session, membership))
    event = memberships.record(session, membership, "cancellation_undone", now, "patient")
    membership_letters.cancellation_undone(session, membership, event.id, now)


def end_due(clinic_id: UUID, now: datetime) -> int:
    """Ends the cancelled memberships whose last day is over; counts them. Twice is once."""
    with db.reading() as session:
        clinic = session.get_one(Clinic, clinic_id)
        today = local_date(now, clinic.time_zone)
        ids = session.scalars(
            select(Membership.id).where(
                Membership.clinic_id == clinic_id,
                Membership.status != MembershipStatus.ENDED,
                Membership.ends_on < today,
            )
        ).all()
    ended = 0
    for membership_id in ids:
        try:
            with db.begin() as session:
                ended += _end(session, clinic_id, membership_id, today, now)
        except Exception:
            log.exception("ending broke", membership=str(membership_id))
    return ended


def _end(session: Session, clinic_id: UUID, membership_id: UUID, today: date, now: datetime) -> int:
    membership = memberships.locked(session, clinic_id, membership_id)
    is_over = membership.ends_on is not None and membership.ends_on < today
    if membership.status == MembershipStatus.ENDED or not is_over or invoices.open_invoice(session, membership):
        return 0
    assert membership.ends_on is not None
    memberships.end(session, membership, membership.ends_on, EndReason.PATIENT, now, "scheduler")
    membership_letters.ended(session, membership, now)
    cancellation_fee.ask(session, membership, today, now)
    return 1


def _end_past_due(session: Session, membership: Membership, today: date, now: datetime) -> None:
    invoice = invoices.open_invoice(session, membership)
    if invoice is not None and attempts.of_invoice_open(session, invoice) is not None:
        # A draw is on its way: its answer ends the membership, today if declined, at the end of its period if paid.
        return
    if invoice is not None:
        invoices.close_unpaid(session, membership, invoice, InvoiceStatus.WRITTEN_OFF)
    memberships.end(session, membership, today, EndReason.PATIENT, now, "patient")
    cancellation_fee.ask(session, membership, today, now)


def _drop_draw_not_asked(session: Session, membership: Membership) -> None:
    """A draw that was due but never asked for is void; undone today, it is opened anew."""
    invoice = invoices.open_invoice(session, membership)
    if invoice is not None and attempts.of_invoice_open(session, invoice) is None:
        invoices.close_unpaid(session, membership, invoice, InvoiceStatus.VOID)


def _take_back_unasked(session: Session, membership: Membership, now: datetime) -> None:
    """A draw that no worker has taken up is not asked for; in one transaction, lest a crash leave it forgotten."""
    invoice = invoices.open_invoice(session, membership)
    found = attempts.of_invoice_open(session, invoice) if invoice else None
    if found is None:
        return
    attempt = attempts.locked(session, found.id)
    if attempt.status == AttemptStatus.READY:
        decline.accept(session, attempt, None, now, "patient", code=decline.NEVER_ARRIVED)


def _waiting_attempts(clinic_id: UUID, membership_id: UUID) -> list[UUID]:
    """Attempts that wait for their patient; one that was sent is left to its answer. Raises NotCancellable."""
    with db.reading() as session:
        membership = session.get_one(Membership, membership_id)
        if not memberships.clinic_of(session, membership).programme.patients_may_cancel:
            raise NotCancellable
        invoice = invoices.open_invoice(session, membership)
        attempt = attempts.of_invoice_open(session, invoice) if invoice else None
        if membership.clinic_id != clinic_id or attempt is None or attempt.status != AttemptStatus.NEEDS_PATIENT:
            return []
        return [attempt.id]
