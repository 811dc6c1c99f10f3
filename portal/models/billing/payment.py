"""One asking of Stripe for one invoice, the money that moved, and the receipt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.billing.invoice import Invoice
from portal.models.row import ClinicRow, append_only, partial_index, same_clinic, unique_in_clinic
from portal.rules.states import AttemptStatus

OPEN_ATTEMPT = "status IN ('ready', 'sent', 'needs_patient')"


class AttemptMode(StrEnum):
    """Whether the patient is there to answer the bank."""

    ON_SESSION = "on_session"
    OFF_SESSION = "off_session"


class PaymentAttempt(ClinicRow, Base):
    """Committed before Stripe is asked. What is sent is built from this row alone; `key` is the idempotency key."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("invoice_id", "invoices"),
        same_clinic("membership_id", "memberships"),
        UniqueConstraint("invoice_id", "number"),
        UniqueConstraint("account", "intent_id"),
        partial_index("uq_payment_attempts_one_open", "invoice_id", where=OPEN_ATTEMPT, is_unique=True),
        partial_index("ix_payment_attempts_open", "account", "status", "claimed_until", where=OPEN_ATTEMPT),
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint("number >= 1", name="number"),
    )

    invoice_id: Mapped[UUID]
    membership_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    status: Mapped[AttemptStatus] = mapped_column(choices(AttemptStatus, "status"), default=AttemptStatus.READY)
    mode: Mapped[AttemptMode] = mapped_column(choices(AttemptMode, "mode"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    account: Mapped[str] = mapped_column(String(64), default="")
    customer_id: Mapped[str] = mapped_column(String(64))
    payment_method_id: Mapped[str | None] = mapped_column(String(80))
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    period_starts_on: Mapped[str | None] = mapped_column(String(10))
    intent_id: Mapped[str | None] = mapped_column(String(80))
    code: Mapped[str | None] = mapped_column(String(60))
    decline_code: Mapped[str | None] = mapped_column(String(60))
    is_key_spent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    card_brand: Mapped[str | None] = mapped_column(String(24))
    card_last4: Mapped[str | None] = mapped_column(String(4))
    invoice: Mapped[Invoice] = relationship(viewonly=True)


class LedgerKind(StrEnum):
    """Why money moved."""

    PAYMENT = "payment"


class LedgerEntry(ClinicRow, Base):
    """Money that moved: signed cents, from the clinic's side. Append-only; balances are sums."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        same_clinic("patient_id", "patients"),
        same_clinic("membership_id", "memberships"),
        same_clinic("invoice_id", "invoices"),
        same_clinic("attempt_id", "payment_attempts"),
        UniqueConstraint("clinic_id", "cause"),
        CheckConstraint("cents <> 0", name="cents"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    membership_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    kind: Mapped[LedgerKind] = mapped_column(choices(LedgerKind, "kind"))
    cause: Mapped[str] = mapped_column(String(80))
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]


append_only(LedgerEntry)


class Receipt(ClinicRow, Base):
    """The paper of a paid or waived invoice; numbers rise per clinic and may have gaps."""

    __tablename__ = "receipts"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("invoice_id", "invoices"),
        same_clinic("patient_id", "patients"),
        UniqueConstraint("invoice_id"),
        UniqueConstraint("clinic_id", "number"),
        CheckConstraint("number >= 1 AND cents >= 0", name="number"),
    )

    invoice_id: Mapped[UUID]
    patient_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    card_brand: Mapped[str | None] = mapped_column(String(24))
    card_last4: Mapped[str | None] = mapped_column(String(4))
    at: Mapped[datetime]
    invoice: Mapped[Invoice] = relationship(viewonly=True)


append_only(Receipt)


class ReceiptCounter(ClinicRow, Base):
    """The next receipt number of a clinic; blocks are taken by a conditional write."""

    __tablename__ = "receipt_counters"
    __table_args__ = (UniqueConstraint("clinic_id"), CheckConstraint("next_number >= 1", name="next_number"))

    next_number: Mapped[int] = mapped_column(default=1)
