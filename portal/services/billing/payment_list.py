"""A patient's payments as they read them: each invoice with its lines, its tries at the bank, and its receipt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.models import Card, Invoice, Membership, Patient, PaymentAttempt, Receipt
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.states import AttemptStatus


class PaymentState(StrEnum):
    """Where a payment stands, for its patient."""

    PAID = "paid"
    NOTHING_TO_PAY = "nothing_to_pay"
    WAIVED = "waived"
    ON_ITS_WAY = "on_its_way"
    NEEDS_PATIENT = "needs_patient"
    DECLINED = "declined"
    NOT_CHARGED = "not_charged"


@dataclass(frozen=True)
class Try:
    """One asking of the bank, with the card that was asked; its brand and last digits are None where there was none."""

    attempt: PaymentAttempt
    card_brand: str | None
    card_last4: str | None


@dataclass(frozen=True)
class Payment:
    """One invoice of a membership that has begun; its tries newest first."""

    invoice: Invoice
    membership: Membership
    receipt: Receipt | None
    tries: tuple[Try, ...]

    @property
    def state(self) -> PaymentState:
        """Where it stands: the invoice's own status, or, while it is open, that of its newest try."""
        match self.invoice.status:
            case InvoiceStatus.PAID:
                return PaymentState.PAID if self.invoice.cents else PaymentState.NOTHING_TO_PAY
            case InvoiceStatus.WAIVED:
                return PaymentState.WAIVED
            case InvoiceStatus.VOID | InvoiceStatus.WRITTEN_OFF:
                return PaymentState.NOT_CHARGED
        newest = self.tries[0].attempt.status if self.tries else AttemptStatus.READY
        known = {AttemptStatus.DECLINED: PaymentState.DECLINED, AttemptStatus.NEEDS_PATIENT: PaymentState.NEEDS_PATIENT}
        return known.get(newest, PaymentState.ON_ITS_WAY)

    @property
    def card(self) -> tuple[str | None, str | None]:
        """Brand and last digits of the card that paid or was asked last."""
        if self.receipt is not None:
            return self.receipt.card_brand, self.receipt.card_last4
        return (self.tries[0].card_brand, self.tries[0].card_last4) if self.tries else (None, None)


def of_patient(session: Session, patient: Patient, limit: int, offset: int = 0) -> list[Payment]:
    """The patient's payments, newest first; three queries however many there are."""
    return _read(session, patient.clinic_id, _mine(patient).limit(limit).offset(offset))


def mine_or_none(session: Session, patient: Patient, invoice_id: UUID) -> Payment | None:
    """The patient's own payment; anybody else's does not exist."""
    found = _read(session, patient.clinic_id, _mine(patient).where(Invoice.id == invoice_id))
    return found[0] if found else None


def of_membership(session: Session, membership: Membership) -> list[Payment]:
    """Every invoice of one membership with its receipt, newest first; for its history, hence without tries."""
    of_it = _begun(membership.clinic_id).where(Invoice.membership_id == membership.id)
    rows = session.execute(of_it.order_by(Invoice.id.desc()))
    return [Payment(invoice, of, receipt, ()) for invoice, of, receipt in rows]


def _begun(clinic_id: UUID) -> Select[Invoice, Membership, Receipt]:
    """Invoices of memberships that have begun: an enrollment that was left unpaid owes nothing."""
    return (
        select(Invoice, Membership, Receipt)
        .join(Membership, and_(Membership.clinic_id == Invoice.clinic_id, Membership.id == Invoice.membership_id))
        .outerjoin(Receipt, and_(Receipt.clinic_id == Invoice.clinic_id, Receipt.invoice_id == Invoice.id))
        .where(Invoice.clinic_id == clinic_id, Membership.started_on.is_not(None))
    )


def _mine(patient: Patient) -> Select[Invoice, Membership, Receipt]:
    mine = _begun(patient.clinic_id).where(Invoice.patient_id == patient.id)
    loaded = mine.options(selectinload(Invoice.lines), joinedload(Invoice.period))
    return loaded.order_by(Invoice.opened_on.desc(), Invoice.id.desc())


def _read(session: Session, clinic_id: UUID, wanted: Select[Invoice, Membership, Receipt]) -> list[Payment]:
    rows = session.execute(wanted).all()
    tries = _tries(session, clinic_id, [invoice.id for invoice, _, _ in rows]) if rows else {}
    return [
        Payment(invoice, membership, receipt, tuple(tries.get(invoice.id, ()))) for invoice, membership, receipt in rows
    ]


def _tries(session: Session, clinic_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Try]]:
    # A declined attempt names its card only by the payment method that was asked.
    asked = session.execute(
        select(PaymentAttempt, Card)
        .outerjoin(
            Card,
            and_(
                Card.clinic_id == PaymentAttempt.clinic_id,
                Card.account == PaymentAttempt.account,
                Card.payment_method_id == PaymentAttempt.payment_method_id,
            ),
        )
        .where(PaymentAttempt.clinic_id == clinic_id, PaymentAttempt.invoice_id.in_(ids))
        .order_by(PaymentAttempt.number.desc())
    )
    tries: dict[UUID, list[Try]] = defaultdict(list)
    for attempt, found in asked:
        card: Card | None = found
        brand = attempt.card_brand or (card.brand if card is not None else None)
        last4 = attempt.card_last4 or (card.last4 if card is not None else None)
        tries[attempt.invoice_id].append(Try(attempt, brand, last4))
    return tries
