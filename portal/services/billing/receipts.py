"""Receipts: a number that rises per clinic, the cents that were taken, the card."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.models import Invoice, Receipt, ReceiptCounter


def write(
    session: Session, invoice: Invoice, cents: int, card_brand: str | None, card_last4: str | None, now: datetime
) -> Receipt:
    """The receipt of an invoice, once: unique by invoice."""
    receipt = Receipt(
        clinic_id=invoice.clinic_id,
        invoice_id=invoice.id,
        patient_id=invoice.patient_id,
        number=_take_numbers(session, invoice.clinic_id, 1),
        cents=cents,
        currency=invoice.currency,
        card_brand=card_brand,
        card_last4=card_last4,
        at=now,
    )
    session.add(receipt)
    session.flush()
    return receipt


def of_invoice(session: Session, invoice: Invoice) -> Receipt | None:
    """The receipt of an invoice, if it was settled."""
    return session.scalar(
        select(Receipt).where(Receipt.clinic_id == invoice.clinic_id, Receipt.invoice_id == invoice.id)
    )


def _take_numbers(session: Session, clinic_id: UUID, count: int) -> int:
    """The first of a block of `count` numbers; gaps may stay where a transaction is rolled back."""
    after = session.scalar(
        update(ReceiptCounter)
        .where(ReceiptCounter.clinic_id == clinic_id)
        .values(next_number=ReceiptCounter.next_number + count)
        .returning(ReceiptCounter.next_number)
    )
    if after is None:
        raise LookupError("the clinic has no receipt counter")
    return int(after) - count
