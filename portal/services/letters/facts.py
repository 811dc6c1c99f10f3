"""What letters tell, read and never changed: the next draw, a receipt's lines, a card by its name."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.letters_env import portal_url
from portal.models import Clinic, Invoice, InvoiceLine, Membership, Patient, Receipt
from portal.rules.calendar import Frequency, local_date
from portal.rules.invoices import coming_charges
from portal.services.billing import invoices

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


class NextDraw(NamedTuple):
    """The coming draw: its date, and what it will take after coupon and credit."""

    on: date
    cents: int


class ReceiptFacts(NamedTuple):
    """A receipt as letters print it; `card` is None where nothing was charged."""

    number: int
    on: date
    lines: list[InvoiceLine]
    cents: int
    currency: str
    card: str | None


class MembershipFacts(NamedTuple):
    """A membership as letters speak of it."""

    plan_name: str
    fee_cents: int
    currency: str
    every: str
    next_draw: NextDraw | None
    page_url: str
    cancel_url: str | None


def patient_of(session: Session, clinic_id: UUID, patient_id: UUID) -> Patient:
    """The patient of a row of the same clinic."""
    mine = select(Patient).where(Patient.clinic_id == clinic_id, Patient.id == patient_id)
    return session.scalars(mine).one()


def clinic_of(session: Session, clinic_id: UUID) -> Clinic:
    """The clinic that a row belongs to."""
    return session.get_one(Clinic, clinic_id)


def membership_facts(session: Session, clinic: Clinic, membership: Membership) -> MembershipFacts:
    """Plan, fee, next draw and links; the cancel link only where patients may cancel by themselves."""
    page_url = portal_url(clinic, f"memberships/{membership.id}")
    return MembershipFacts(
        plan_name=membership.plan_name,
        fee_cents=membership.fee_cents,
        currency=membership.currency,
        every="year" if membership.frequency is Frequency.YEAR else "month",
        next_draw=next_draw(session, membership),
        page_url=page_url,
        cancel_url=f"{page_url}/cancel" if clinic.programme.patients_may_cancel else None,
    )


def next_draw(session: Session, membership: Membership) -> NextDraw | None:
    """The membership's next draw and its amount, or None when no draw will follow."""
    if membership.next_draw_on is None:
        return None
    discount, code = invoices.running_discount(session, membership)
    charge = coming_charges(membership.terms, membership.next_draw_on, discount, code, count=1)[0]
    return NextDraw(charge.on, charge.total_cents)


def receipt_facts(session: Session, clinic: Clinic, invoice: Invoice, receipt: Receipt) -> ReceiptFacts:
    """The receipt with the lines of its invoice, dated at the clinic."""
    lines = session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.clinic_id == clinic.id, InvoiceLine.invoice_id == invoice.id)
        .order_by(InvoiceLine.position)
    )
    return ReceiptFacts(
        number=receipt.number,
        on=date_at(clinic, receipt.at),
        lines=list(lines),
        cents=receipt.cents,
        currency=receipt.currency,
        card=card_name(receipt.card_brand, receipt.card_last4),
    )


def card_name(brand: str | None, last4: str | None) -> str | None:
    """Such as "Visa ending in 4242", or None where there was no card."""
    if not last4:
        return None
    return f"{BRANDS.get(brand or '', 'Card')} ending in {last4}"


def date_at(clinic: Clinic, now: datetime) -> date:
    """The date at the clinic at a moment."""
    return local_date(now, clinic.time_zone)
