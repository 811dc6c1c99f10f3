"""settle(): the one place where Stripe's answer becomes ours, whoever brings it: worker, webhook, sweep or patient."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.gateways.stripe_answers import Intent
from portal.models import Invoice, Membership, PaymentAttempt
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.models.billing.payment import AttemptMode, LedgerEntry, LedgerKind
from portal.rules.states import AttemptStatus
from portal.services.billing import attempts, cards, decline, paid_periods, receipts
from portal.services.letters import membership_letters, payment_letters
from portal.services.membership import memberships

log = structlog.get_logger()


class Settled(StrEnum):
    """What settling made of the attempt."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    WAITING = "waiting"


def settle(session: Session, attempt_id: UUID, intent: Intent, now: datetime, actor: str) -> Settled:
    """Brings attempt, invoice, period, ledger, membership, receipt and letter to what the intent says.

    All in the caller's transaction. Running twice, late or out of order changes nothing more: the attempt's status is
    moved by a conditional write, and a payment that succeeded is the truth even after it was given up.
    """
    attempt = _locked(session, attempt_id)
    match intent.status:
        case "succeeded":
            _succeed(session, attempt, intent, now, actor)
            return Settled.SUCCEEDED
        case "requires_payment_method" if decline.is_for_patient(attempt, intent):
            decline.wait_for_patient(session, attempt, intent, now, actor)
            return Settled.DECLINED
        case "requires_payment_method" if intent.code or intent.decline_code:
            decline.accept(session, attempt, intent, now, actor)
            return Settled.DECLINED
        case "canceled":
            decline.accept(session, attempt, intent, now, actor, code=attempts.CANCELED)
            return Settled.DECLINED
        case _:
            _keep_waiting(session, attempt, intent)
            return Settled.WAITING


def settle_without_charge(session: Session, invoice: Invoice, is_waived: bool, now: datetime, actor: str) -> None:
    """Settles an invoice of nothing: a coupon took it all, or it is below the gateway's minimum. Twice is once."""
    membership = memberships.locked(session, invoice.clinic_id, invoice.membership_id)
    session.refresh(invoice)
    if invoice.status != InvoiceStatus.OPEN:
        return
    invoice.status = InvoiceStatus.WAIVED if is_waived else InvoiceStatus.PAID
    invoice.paid_at = None if is_waived else now
    receipt = receipts.write(session, invoice, 0, None, None, now)
    paid_periods.begin(session, membership, invoice, receipt, now, actor, is_waived=is_waived)


def _succeed(session: Session, attempt: PaymentAttempt, intent: Intent, now: datetime, actor: str) -> None:
    moved = session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.id == attempt.id, PaymentAttempt.status != AttemptStatus.SUCCEEDED)
        .values(status=AttemptStatus.SUCCEEDED, finished_at=now, intent_id=intent.id, claimed_until=None)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        return
    session.refresh(attempt)
    invoice = session.get_one(Invoice, attempt.invoice_id, populate_existing=True)
    membership = memberships.locked(session, attempt.clinic_id, attempt.membership_id)
    if intent.card:
        attempt.card_brand, attempt.card_last4 = intent.card.brand, intent.card.last4
    if intent.cents != attempt.cents:
        log.error("amount differs", attempt=str(attempt.id), asked=attempt.cents, taken=intent.cents)
    _enter(session, membership, invoice, attempt, intent.cents, now)
    if attempt.mode == AttemptMode.ON_SESSION and intent.card and intent.customer_id:
        card = cards.keep(session, membership, attempt.account, intent.customer_id, intent.card, now)
        is_changed = membership.started_on is not None and membership.card_id != card.id
        membership.card_id = card.id
        if is_changed:
            membership_letters.card_updated(session, membership, card, f"attempt:{attempt.id}", now)
    if invoice.status in {InvoiceStatus.PAID, InvoiceStatus.WAIVED}:
        log.error("invoice paid twice", invoice=str(invoice.id), attempt=str(attempt.id))
        return
    invoice.status = InvoiceStatus.PAID
    invoice.paid_at = now
    invoice.next_attempt_on = None
    invoice.gives_up_on = None
    _supersede_others(session, attempt, now)
    receipt = receipts.write(session, invoice, intent.cents, attempt.card_brand, attempt.card_last4, now)
    if invoice.kind == InvoiceKind.PERIOD:
        paid_periods.begin(session, membership, invoice, receipt, now, actor)
    else:
        memberships.record(session, membership, "fee_paid", now, actor, cents=invoice.cents, receipt=receipt.number)
        payment_letters.cancellation_fee(session, membership, invoice, receipt, now)


def _enter(
    session: Session, membership: Membership, invoice: Invoice, attempt: PaymentAttempt, cents: int, now: datetime
) -> None:
    session.add(
        LedgerEntry(
            clinic_id=invoice.clinic_id,
            patient_id=membership.patient_id,
            membership_id=membership.id,
            invoice_id=invoice.id,
            attempt_id=attempt.id,
            kind=LedgerKind.PAYMENT,
            cause=f"attempt:{attempt.id}",
            cents=cents,
            currency=invoice.currency,
            at=now,
        )
    )
    session.flush()


def _supersede_others(session: Session, attempt: PaymentAttempt, now: datetime) -> None:
    # After a restored backup Stripe may tell of a payment while our row still waits to ask: it must not ask any more.
    session.execute(
        update(PaymentAttempt)
        .where(
            PaymentAttempt.invoice_id == attempt.invoice_id,
            PaymentAttempt.id != attempt.id,
            PaymentAttempt.status == AttemptStatus.READY,
        )
        .values(status=AttemptStatus.DECLINED, code="superseded", finished_at=now)
    )


def _keep_waiting(session: Session, attempt: PaymentAttempt, intent: Intent) -> None:
    if attempt.status not in {AttemptStatus.READY, AttemptStatus.SENT}:
        return
    attempt.intent_id = intent.id
    if attempt.mode == AttemptMode.ON_SESSION:
        attempt.status = AttemptStatus.NEEDS_PATIENT
    session.flush()


def _locked(session: Session, attempt_id: UUID) -> PaymentAttempt:
    attempt = session.get_one(PaymentAttempt, attempt_id)
    memberships.locked(session, attempt.clinic_id, attempt.membership_id)
    return session.scalars(
        select(PaymentAttempt).where(PaymentAttempt.id == attempt_id).execution_options(populate_existing=True)
    ).one()
