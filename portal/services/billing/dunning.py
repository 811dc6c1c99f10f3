"""Dunning: asking again on the clinic's days after a decline, and what happens when the last day has passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.gateways.stripe_answers import StripeRefused, StripeUnanswered
from portal.models import Clinic, Invoice, Membership
from portal.models.billing.invoice import InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.models.membership.membership import EndReason
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import arrears, attempts, invoices, payments, renewals, settlement
from portal.services.billing.settlement import Settled
from portal.services.letters import membership_letters
from portal.services.membership import memberships

log = structlog.get_logger()


def has_due(session: Session, clinic: Clinic, now: datetime) -> bool:
    """Whether a dunning day of the clinic has come."""
    return bool(_due_ids(session, clinic, renewals.draws_through(clinic, now)))


def has_given_up(session: Session, clinic: Clinic, now: datetime) -> bool:
    """Whether the last day of a dunning at the clinic has passed."""
    return bool(_given_up_ids(session, clinic, renewals.draws_through(clinic, now)))


def open_due(clinic_id: UUID, now: datetime) -> int:
    """Opens the dunning attempts that have come; counts them. Running twice opens nothing twice.

    A payment that still waits for its patient's confirmation is cancelled at Stripe first: it counts as declined now.
    """
    return _for_each(clinic_id, now, _due_ids, _ask_again)


def give_up(clinic_id: UUID, now: datetime) -> int:
    """Ends the dunning of invoices whose last day has passed unpaid; counts them. Twice is once."""
    return _for_each(clinic_id, now, _given_up_ids, _end_dunning)


def _for_each(
    clinic_id: UUID,
    now: datetime,
    found: Callable[[Session, Clinic, date], Sequence[UUID]],
    work: Callable[[UUID, date, datetime], int],
) -> int:
    with db.reading() as session:
        clinic = session.get_one(Clinic, clinic_id)
        through = renewals.draws_through(clinic, now)
        ids = found(session, clinic, through)
    changed = 0
    for invoice_id in ids:
        try:
            changed += work(invoice_id, through, now)
        except StripeRefused as refused:
            log.warning("account stopped", reason=str(refused))
            break
        except StripeUnanswered as unanswered:
            log.warning("unanswered", invoice=str(invoice_id), reason=str(unanswered))
        except Exception:
            log.exception("dunning broke", invoice=str(invoice_id))
    return changed


def _due_ids(session: Session, clinic: Clinic, through: date) -> Sequence[UUID]:
    return session.scalars(
        select(Invoice.id)
        .where(
            Invoice.clinic_id == clinic.id,
            Invoice.status == InvoiceStatus.OPEN,
            Invoice.next_attempt_on <= through,
        )
        .order_by(Invoice.next_attempt_on, Invoice.id)
    ).all()


def _given_up_ids(session: Session, clinic: Clinic, through: date) -> Sequence[UUID]:
    return session.scalars(
        select(Invoice.id)
        .where(
            Invoice.clinic_id == clinic.id,
            Invoice.status == InvoiceStatus.OPEN,
            Invoice.gives_up_on <= through,
            Invoice.next_attempt_on.is_(None),
        )
        .order_by(Invoice.gives_up_on, Invoice.id)
    ).all()


def _ask_again(invoice_id: UUID, through: date, now: datetime) -> int:
    if not _close_waiting_attempt(invoice_id):
        return 0
    with db.begin() as session:
        membership, invoice = _locked(session, invoice_id)
        is_due = invoice.next_attempt_on is not None and invoice.next_attempt_on <= through
        is_asked_for = membership.status == MembershipStatus.PAST_DUE and membership.ends_on is None
        if invoice.status != InvoiceStatus.OPEN or not is_due or not is_asked_for:
            return 0
        if attempts.of_invoice_open(session, invoice) is not None:
            return 0
        invoice.next_attempt_on = None
        # Only after a downtime has the unpaid period ended before its dunning.
        invoice = arrears.invoice_of_today(session, membership, invoice, through, now, "scheduler")
        if invoice.cents == 0:
            settlement.settle_without_charge(session, invoice, invoices.is_waived(invoice), now, "scheduler")
            return 1
        renewals.ask_card(session, membership, invoice, now)
    return 1


def _end_dunning(invoice_id: UUID, through: date, now: datetime) -> int:
    if not _close_waiting_attempt(invoice_id):
        return 0
    with db.begin() as session:
        membership, invoice = _locked(session, invoice_id)
        is_over = invoice.gives_up_on is not None and invoice.gives_up_on <= through
        if invoice.status != InvoiceStatus.OPEN or not is_over or attempts.of_invoice_open(session, invoice):
            return 0
        if not memberships.clinic_of(session, membership).programme.dunning_policy.ends_membership:
            invoice.gives_up_on = None
            memberships.record(session, membership, "dunning_over", now, "scheduler", invoice=str(invoice.id))
            return 1
        invoices.close_unpaid(session, membership, invoice, InvoiceStatus.WRITTEN_OFF)
        membership.ends_on = None
        memberships.end(session, membership, through, EndReason.NON_PAYMENT, now, "scheduler")
        membership_letters.ended_for_non_payment(session, membership, now)
    return 1


def _close_waiting_attempt(invoice_id: UUID) -> bool:
    """False while an attempt is on its way or its patient is paying; what only waits for them is ended at Stripe."""
    with db.reading() as session:
        invoice = session.get_one(Invoice, invoice_id)
        attempt = attempts.of_invoice_open(session, invoice)
    if attempt is None:
        payments.cancel_declined(invoice.clinic_id, invoice.membership_id, "scheduler")
        return True
    if attempt.status == AttemptStatus.NEEDS_PATIENT and attempt.mode == AttemptMode.OFF_SESSION:
        return payments.cancel_open(attempt.id, "scheduler") != Settled.WAITING
    return False


def _locked(session: Session, invoice_id: UUID) -> tuple[Membership, Invoice]:
    invoice = session.get_one(Invoice, invoice_id)
    membership = memberships.locked(session, invoice.clinic_id, invoice.membership_id)
    session.refresh(invoice)
    return membership, invoice
