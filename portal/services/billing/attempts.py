"""Payment attempts: opened as a row with a random key, claimed by one worker, turned into what Stripe is asked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.gateways.stripe_answers import Charge
from portal.models import Card, Clinic, Invoice, Membership, Patient, PaymentAttempt
from portal.models.billing.invoice import InvoiceKind
from portal.models.billing.payment import AttemptMode
from portal.rules.states import AttemptStatus
from portal.services.membership import memberships

OPEN = (AttemptStatus.READY, AttemptStatus.SENT, AttemptStatus.NEEDS_PATIENT)
CANCELED = "canceled"


def open_attempt(
    session: Session,
    invoice: Invoice,
    patient: Patient,
    account: str,
    card: Card | None,
    mode: AttemptMode,
    now: datetime,
) -> PaymentAttempt:
    """One asking for one invoice, with a random key on its row. A second open one is refused by the database."""
    earlier = session.scalar(select(func.count()).where(PaymentAttempt.invoice_id == invoice.id)) or 0
    attempt = PaymentAttempt(
        clinic_id=invoice.clinic_id,
        invoice_id=invoice.id,
        membership_id=invoice.membership_id,
        number=earlier + 1,
        status=AttemptStatus.READY,
        mode=mode,
        key=secrets.token_urlsafe(32),
        account=account,
        customer_id=card.customer_id if card else (patient.stripe_customer_id or ""),
        payment_method_id=card.payment_method_id if card else None,
        cents=invoice.cents,
        currency=invoice.currency,
        period_starts_on=invoice.cause.removeprefix("period:") if invoice.kind == InvoiceKind.PERIOD else None,
        created_at=now,
    )
    session.add(attempt)
    session.flush()
    return attempt


def of_invoice_open(session: Session, invoice: Invoice) -> PaymentAttempt | None:
    """The invoice's open attempt, at most one."""
    return session.scalar(
        select(PaymentAttempt)
        .where(
            PaymentAttempt.clinic_id == invoice.clinic_id,
            PaymentAttempt.invoice_id == invoice.id,
            PaymentAttempt.status.in_(OPEN),
        )
        .execution_options(populate_existing=True)
    )


def claim(session: Session, attempt_id: UUID, wall_now: datetime, now: datetime, lease: timedelta) -> bool:
    """Takes a ready attempt for this worker until the lease ends: one changed row, or somebody else has it."""
    claimed = session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id, PaymentAttempt.status == AttemptStatus.READY)
        .values(status=AttemptStatus.SENT, sent_at=now, claimed_until=wall_now + lease)
    )
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def take_over(session: Session, attempt_id: UUID, wall_now: datetime, lease: timedelta) -> bool:
    """Takes an unanswered attempt whose lease has ended: one changed row, or somebody else has it."""
    taken = session.execute(
        update(PaymentAttempt)
        .where(
            PaymentAttempt.id == attempt_id,
            PaymentAttempt.status.in_((AttemptStatus.SENT, AttemptStatus.NEEDS_PATIENT)),
            (PaymentAttempt.claimed_until.is_(None)) | (PaymentAttempt.claimed_until < wall_now),
        )
        .values(claimed_until=wall_now + lease)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def locked(session: Session, attempt_id: UUID) -> PaymentAttempt:
    """The attempt as it is now, held with its membership against workers and settlements until the transaction ends."""
    attempt = session.get_one(PaymentAttempt, attempt_id)
    memberships.locked(session, attempt.clinic_id, attempt.membership_id)
    return session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def is_being_charged(attempt: PaymentAttempt, wall_now: datetime) -> bool:
    """True while a worker's request may be on its way that takes the money by itself."""
    is_held = attempt.claimed_until is not None and attempt.claimed_until > wall_now
    charges = attempt.payment_method_id is not None and attempt.intent_id is None
    return attempt.status == AttemptStatus.SENT and is_held and charges


def confirmable_id(session: Session, clinic_id: UUID, membership_id: UUID) -> UUID | None:
    """The newest attempt of the membership, if it was declined with the patient present and not ended at Stripe."""
    newest = session.scalar(
        select(PaymentAttempt)
        .where(PaymentAttempt.clinic_id == clinic_id, PaymentAttempt.membership_id == membership_id)
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )
    if newest is None or newest.mode != AttemptMode.ON_SESSION or newest.intent_id is None:
        return None
    return newest.id if newest.status == AttemptStatus.DECLINED and newest.code != CANCELED else None


def ready(session: Session, accounts: Set[str], tried: Set[UUID], limit: int) -> Sequence[tuple[UUID, str]]:
    """Attempts of these accounts that wait for a worker, oldest first, with their account."""
    rows = session.execute(
        select(PaymentAttempt.id, PaymentAttempt.account)
        .where(
            PaymentAttempt.status == AttemptStatus.READY,
            PaymentAttempt.mode == AttemptMode.OFF_SESSION,
            PaymentAttempt.account.in_(accounts),
        )
        .order_by(PaymentAttempt.id)
        .limit(limit + len(tried))
    )
    return [(row.id, row.account) for row in rows if row.id not in tried][:limit]


def unanswered(session: Session, wall_now: datetime, mode: AttemptMode, limit: int) -> Sequence[tuple[UUID, str]]:
    """Attempts that were sent, whose lease has ended, and whose answer nobody knows; with their account."""
    statuses = [AttemptStatus.SENT]
    if mode == AttemptMode.ON_SESSION:
        statuses.append(AttemptStatus.NEEDS_PATIENT)
    rows = session.execute(
        select(PaymentAttempt.id, PaymentAttempt.account)
        .where(
            PaymentAttempt.status.in_(statuses),
            PaymentAttempt.mode == mode,
            PaymentAttempt.claimed_until < wall_now,
        )
        .order_by(PaymentAttempt.id)
        .limit(limit)
    )
    return [(row.id, row.account) for row in rows]


def charge_of(session: Session, attempt: PaymentAttempt) -> Charge:
    """What Stripe is asked, from the attempt's own row: the same row always makes the same request."""
    clinic = session.get_one(Clinic, attempt.clinic_id)
    metadata = {
        "clinic": clinic.slug,
        "membership": str(attempt.membership_id),
        "invoice": str(attempt.invoice_id),
        "attempt": str(attempt.id),
    }
    if attempt.period_starts_on:
        metadata["period"] = attempt.period_starts_on
    return Charge(
        cents=attempt.cents,
        currency=attempt.currency,
        customer_id=attempt.customer_id,
        payment_method_id=attempt.payment_method_id,
        metadata=metadata,
        is_off_session=attempt.mode == AttemptMode.OFF_SESSION,
    )


def membership_of(session: Session, attempt: PaymentAttempt) -> Membership:
    """The membership whose invoice the attempt pays."""
    return session.get_one(Membership, attempt.membership_id)
