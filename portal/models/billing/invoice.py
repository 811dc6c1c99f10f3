"""One amount asked for at one time, its lines, and the billing period it pays for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.row import ClinicRow, partial_index, same_clinic, unique_in_clinic
from portal.rules.days import DayState
from portal.rules.invoices import LineKind


class InvoiceKind(StrEnum):
    """What an invoice asks for."""

    PERIOD = "period"
    CANCELLATION_FEE = "cancellation_fee"


class InvoiceStatus(StrEnum):
    """Open until paid; waived below the gateway's minimum; void when it was never due; written off when given up."""

    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"
    VOID = "void"
    WRITTEN_OFF = "written_off"


class Invoice(ClinicRow, Base):
    """Attempts pay it; unique by (membership, cause), so that nothing is asked for twice."""

    __tablename__ = "invoices"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("membership_id", "memberships"),
        same_clinic("patient_id", "patients"),
        UniqueConstraint("membership_id", "cause"),
        partial_index("uq_invoices_one_open", "membership_id", "kind", where="status = 'open'", is_unique=True),
        partial_index(
            "ix_invoices_dunning",
            "clinic_id",
            "next_attempt_on",
            where="status = 'open' AND next_attempt_on IS NOT NULL",
        ),
        partial_index(
            "ix_invoices_giving_up", "clinic_id", "gives_up_on", where="status = 'open' AND gives_up_on IS NOT NULL"
        ),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid"),
    )

    membership_id: Mapped[UUID]
    patient_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[InvoiceKind] = mapped_column(choices(InvoiceKind, "kind"))
    cause: Mapped[str] = mapped_column(String(80))
    status: Mapped[InvoiceStatus] = mapped_column(choices(InvoiceStatus, "status"), default=InvoiceStatus.OPEN)
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    first_declined_on: Mapped[date | None]
    next_attempt_on: Mapped[date | None]
    gives_up_on: Mapped[date | None]
    lines: Mapped[list[InvoiceLine]] = relationship(viewonly=True, order_by="InvoiceLine.position")
    period: Mapped[BillingPeriod | None] = relationship(viewonly=True, uselist=False)


class InvoiceLine(ClinicRow, Base):
    """One line of an invoice; discounts, credits and waived amounts are negative."""

    __tablename__ = "invoice_lines"
    __table_args__ = (same_clinic("invoice_id", "invoices"), UniqueConstraint("invoice_id", "position"))

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(choices(LineKind, "kind"))
    text: Mapped[str] = mapped_column(String(200))
    cents: Mapped[int]


class BillingPeriod(ClinicRow, Base):
    """The days, both ends included, that one draw pays for; skipped ones have no invoice."""

    __tablename__ = "billing_periods"
    __table_args__ = (
        same_clinic("membership_id", "memberships"),
        same_clinic("invoice_id", "invoices"),
        UniqueConstraint("invoice_id"),
        partial_index(
            "uq_billing_periods_start", "membership_id", "starts_on", where="invoice_id IS NULL", is_unique=True
        ),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("state = 'skipped' OR invoice_id IS NOT NULL", name="invoice"),
    )

    membership_id: Mapped[UUID] = mapped_column(index=True)
    invoice_id: Mapped[UUID | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[DayState] = mapped_column(choices(DayState, "state"))
