"""Invoices: opened with their lines, period and discount; voided, written off, or settled without a charge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from babel.dates import format_date
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import BillingPeriod, Invoice, InvoiceLine, Membership
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.rules.calendar import Period
from portal.rules.coupons import Discount
from portal.rules.days import DayState
from portal.rules.invoices import Charge, Line, LineKind
from portal.services.clinic import coupons

LOCALE = "en_US"


def open_period_invoice(
    session: Session, membership: Membership, charge: Charge, today: date, now: datetime
) -> Invoice:
    """Asks for one period: the invoice, its lines, its billing period; what the coupon gave is counted down.

    Unique by (membership, cause): a second call for the same period is refused by the database.
    """
    cause = f"period:{charge.period.starts_on.isoformat()}"
    invoice = _new_invoice(session, membership, InvoiceKind.PERIOD, cause, charge.total_cents, today, now)
    for position, line in enumerate(charge.lines):
        _add_line(session, invoice, position, line, membership.plan_name)
    session.add(
        BillingPeriod(
            clinic_id=invoice.clinic_id,
            membership_id=membership.id,
            invoice_id=invoice.id,
            starts_on=charge.period.starts_on,
            ends_on=charge.period.ends_on,
            state=DayState.UNPAID,
        )
    )
    _count_down(session, membership, charge.discount_after)
    session.flush()
    return invoice


def open_cancellation_fee(session: Session, membership: Membership, today: date, now: datetime) -> Invoice:
    """Asks for the fee of ending before the commitment's last day; the same invoice when asked for before."""
    known = of_cause(session, membership, f"cancel:{membership.id}")
    if known is not None:
        return known
    kind, cents = InvoiceKind.CANCELLATION_FEE, membership.cancellation_fee_cents
    invoice = _new_invoice(session, membership, kind, f"cancel:{membership.id}", cents, today, now)
    _add_line(session, invoice, 0, Line(LineKind.CANCELLATION_FEE, invoice.cents), membership.plan_name)
    session.flush()
    return invoice


def skip_period(session: Session, membership: Membership, period: Period) -> None:
    """Notes a period that passed while nothing ran: listed for staff, never charged."""
    session.add(
        BillingPeriod(
            clinic_id=membership.clinic_id,
            membership_id=membership.id,
            invoice_id=None,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            state=DayState.SKIPPED,
        )
    )


def settled_through(session: Session, membership: Membership) -> date:
    """The last day that was paid for, or was skipped because nothing ran: neither is asked for again."""
    skipped_to = session.scalar(
        select(func.max(BillingPeriod.ends_on)).where(
            BillingPeriod.clinic_id == membership.clinic_id,
            BillingPeriod.membership_id == membership.id,
            BillingPeriod.state == DayState.SKIPPED,
        )
    )
    assert membership.paid_through is not None  # every membership that runs has paid once
    return max(membership.paid_through, skipped_to or membership.paid_through)


def open_invoice(session: Session, membership: Membership) -> Invoice | None:
    """The membership's open period invoice, at most one."""
    return session.scalar(
        select(Invoice)
        .where(
            Invoice.clinic_id == membership.clinic_id,
            Invoice.membership_id == membership.id,
            Invoice.kind == InvoiceKind.PERIOD,
            Invoice.status == InvoiceStatus.OPEN,
        )
        .execution_options(populate_existing=True)
    )


def of_cause(session: Session, membership: Membership, cause: str) -> Invoice | None:
    """The membership's invoice of a cause, in whatever status."""
    return session.scalar(
        select(Invoice).where(
            Invoice.clinic_id == membership.clinic_id,
            Invoice.membership_id == membership.id,
            Invoice.cause == cause,
        )
    )


def close_unpaid(session: Session, membership: Membership, invoice: Invoice, status: InvoiceStatus) -> None:
    """Void or written off: nobody asks for it any more, and what the coupon gave to it is given back."""
    if invoice.status != InvoiceStatus.OPEN:
        return
    invoice.status = status
    if status == InvoiceStatus.VOID:
        # It was never due: the same period may be asked for again, by another invoice.
        invoice.cause = f"{invoice.cause}:void:{invoice.id}"
    invoice.next_attempt_on = None
    invoice.gives_up_on = None
    _give_back(session, membership, invoice)


def running_discount(session: Session, membership: Membership) -> tuple[Discount | None, str | None]:
    """The discount that the next invoice gets, and its code."""
    redemption = coupons.active_redemption(session, membership.clinic_id, membership.id)
    if redemption is None or redemption.discount.is_spent:
        return None, None
    return redemption.discount, redemption.code


def is_waived(invoice: Invoice) -> bool:
    """True when its total was below the gateway's minimum, and a line waived it."""
    return any(line.kind == LineKind.WAIVED for line in invoice.lines)


def line_text(line: Line, plan_name: str) -> str:
    """A line as patients read it on pages, receipts and letters."""
    days = f", {_span(line.period)}" if line.period else ""
    match line.kind:
        case LineKind.FEE:
            return f"{plan_name} membership{days}"
        case LineKind.PRORATION:
            return f"{plan_name} membership{days} ({line.days} of {line.of_days} days)"
        case LineKind.SETUP_FEE:
            return "Set-up fee"
        case LineKind.COUPON:
            return f"Coupon {line.coupon_code}" + ("" if line.period else " on the set-up fee")
        case LineKind.CANCELLATION_FEE:
            return f"Cancellation fee for {plan_name}"
        case LineKind.CREDIT:
            return "Credit"
        case LineKind.WAIVED:
            return "Waived: too small an amount to charge"


def _new_invoice(
    session: Session,
    membership: Membership,
    kind: InvoiceKind,
    cause: str,
    cents: int,
    today: date,
    now: datetime,
) -> Invoice:
    invoice = Invoice(
        clinic_id=membership.clinic_id,
        membership_id=membership.id,
        patient_id=membership.patient_id,
        kind=kind,
        cause=cause,
        status=InvoiceStatus.OPEN,
        cents=cents,
        currency=membership.currency,
        opened_on=today,
        opened_at=now,
    )
    session.add(invoice)
    session.flush()
    return invoice


def _add_line(session: Session, invoice: Invoice, position: int, line: Line, plan_name: str) -> None:
    session.add(
        InvoiceLine(
            clinic_id=invoice.clinic_id,
            invoice_id=invoice.id,
            position=position,
            kind=line.kind,
            text=line_text(line, plan_name),
            cents=line.cents,
        )
    )


def _span(period: Period) -> str:
    first = format_date(period.starts_on, "MMM d, y", locale=LOCALE)
    last = format_date(period.ends_on, "MMM d, y", locale=LOCALE)
    return f"{first} – {last}"


def _count_down(session: Session, membership: Membership, after: Discount | None) -> None:
    redemption = coupons.active_redemption(session, membership.clinic_id, membership.id)
    if redemption is None or after is None:
        return
    redemption.periods_left = after.periods_left
    redemption.cents_left = after.cents_left


def discount_without(session: Session, membership: Membership, invoice: Invoice) -> tuple[Discount | None, str | None]:
    """The discount as it would stand had this invoice never used any of it."""
    redemption = coupons.active_redemption(session, membership.clinic_id, membership.id)
    if redemption is None:
        return None, None
    discount = _given_back(redemption.discount, _lines(session, invoice.clinic_id, invoice.id))
    return (None, None) if discount.is_spent else (discount, redemption.code)


def _give_back(session: Session, membership: Membership, invoice: Invoice) -> None:
    redemption = coupons.active_redemption(session, membership.clinic_id, membership.id)
    if redemption is not None:
        discount = _given_back(redemption.discount, _lines(session, invoice.clinic_id, invoice.id))
        redemption.periods_left, redemption.cents_left = discount.periods_left, discount.cents_left


def _given_back(discount: Discount, lines: list[InvoiceLine]) -> Discount:
    taken_off = -sum(line.cents for line in lines if line.kind == LineKind.COUPON)
    is_full_fee = any(line.kind == LineKind.FEE for line in lines)
    if not taken_off:
        return discount
    periods, cents = discount.periods_left, discount.cents_left
    return replace(
        discount,
        periods_left=periods + 1 if periods is not None and is_full_fee else periods,
        cents_left=cents + taken_off if cents is not None else None,
    )


def _lines(session: Session, clinic_id: UUID, invoice_id: UUID) -> list[InvoiceLine]:
    return list(
        session.scalars(
            select(InvoiceLine)
            .where(InvoiceLine.clinic_id == clinic_id, InvoiceLine.invoice_id == invoice_id)
            .order_by(InvoiceLine.position)
        )
    )
