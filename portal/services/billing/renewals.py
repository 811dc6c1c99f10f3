"""Renewals: who is due, the invoice of the period that has come, and the first attempt for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal import db
from portal.models import Clinic, Invoice, Membership, Patient
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.rules.calendar import due_period, is_draw_time, local_date
from portal.rules.invoices import period_charge
from portal.rules.states import MembershipStatus
from portal.services.billing import attempts, decline, invoices, settlement
from portal.services.membership import memberships

log = structlog.get_logger()
ONE_DAY = timedelta(days=1)


def draws_through(clinic: Clinic, now: datetime) -> date:
    """The last date whose draw hour has come at the clinic: today, or yesterday before that hour."""
    today = local_date(now, clinic.time_zone)
    return today if is_draw_time(today, clinic.draw_hour, clinic.time_zone, now) else today - ONE_DAY


def due_ids(session: Session, clinic: Clinic, through: date, limit: int = 1000) -> Sequence[UUID]:
    """Memberships whose draw has come, by the partial index of running ones."""
    is_asked = exists().where(
        Invoice.membership_id == Membership.id,
        Invoice.kind == InvoiceKind.PERIOD,
        Invoice.status == InvoiceStatus.OPEN,
    )
    return session.scalars(
        select(Membership.id)
        .where(
            Membership.clinic_id == clinic.id,
            Membership.status == MembershipStatus.ACTIVE,
            Membership.next_draw_on <= through,
            ~is_asked,
        )
        .order_by(Membership.next_draw_on, Membership.id)
        .limit(limit)
    ).all()


def has_due(session: Session, clinic: Clinic, now: datetime) -> bool:
    """Whether a draw of the clinic has come."""
    return bool(due_ids(session, clinic, draws_through(clinic, now), limit=1))


def open_due(clinic_id: UUID, now: datetime) -> int:
    """Opens the invoice and first attempt of every due membership of a clinic, each in its own transaction.

    Running twice opens nothing twice: the membership is locked and looked at again, and the invoice is unique by cause.
    """
    opened = 0
    broken: set[UUID] = set()
    while True:
        with db.reading() as session:
            clinic = session.get_one(Clinic, clinic_id)
            through = draws_through(clinic, now)
            ids = [found for found in due_ids(session, clinic, through) if found not in broken]
        if not ids:
            return opened
        for membership_id in ids:
            try:
                with db.begin() as session:
                    opened += open_one(session, clinic_id, membership_id, through, now)
            except Exception:
                log.exception("renewal broke", membership=str(membership_id))
            broken.add(membership_id)


def open_one(session: Session, clinic_id: UUID, membership_id: UUID, through: date, now: datetime) -> int:
    """Opens one membership's due period; 0 where another run was first or it is no longer due.

    After a downtime over several draw dates only the current period is asked for; the ones before are noted as skipped.
    """
    membership = memberships.locked(session, clinic_id, membership_id)
    is_due = membership.next_draw_on is not None and membership.next_draw_on <= through
    if membership.status != MembershipStatus.ACTIVE or not is_due or invoices.open_invoice(session, membership):
        return 0
    assert membership.next_draw_on is not None
    due = due_period(membership.schedule, membership.next_draw_on, through)
    for skipped in due.skipped:
        invoices.skip_period(session, membership, skipped)
        memberships.record(
            session,
            membership,
            "skipped",
            now,
            "scheduler",
            starts_on=skipped.starts_on.isoformat(),
            ends_on=skipped.ends_on.isoformat(),
        )
    discount, code = invoices.running_discount(session, membership)
    charge = period_charge(membership.terms, due.current, discount, code)
    invoice = invoices.open_period_invoice(session, membership, charge, through, now)
    membership.next_draw_on = due.current.ends_on + ONE_DAY
    if charge.total_cents == 0:
        settlement.settle_without_charge(session, invoice, charge.is_waived, now, "scheduler")
        return 1
    ask_card(session, membership, invoice, now)
    return 1


def ask_card(session: Session, membership: Membership, invoice: Invoice, now: datetime) -> None:
    """Opens the next attempt for an invoice with the membership's card; without a card it is declined at once."""
    patient = session.get_one(Patient, membership.patient_id)
    account = memberships.clinic_of(session, membership).stripe_account
    card = membership.card if membership.card and membership.card.removed_at is None else None
    attempt = attempts.open_attempt(session, invoice, patient, account, card, AttemptMode.OFF_SESSION, now)
    if card is None:
        decline.accept(session, attempt, None, now, "scheduler", code=decline.NO_CARD)
