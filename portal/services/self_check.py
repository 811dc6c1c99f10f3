"""The books' and letters' invariants, looked at in the database itself: what must be true whatever happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db import Base
from portal.models import (
    BillingPeriod,
    Clinic,
    Coupon,
    CouponRedemption,
    Invoice,
    LedgerEntry,
    Membership,
    MembershipEvent,
    OutboxEmail,
    PaymentAttempt,
    Receipt,
)
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.rules.calendar import local_date
from portal.rules.days import DayState
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing.attempts import OPEN

SETTLED = (InvoiceStatus.PAID, InvoiceStatus.WAIVED)
COVERED = (DayState.PAID, DayState.WAIVED)


def violations(session: Session) -> list[str]:
    """Every broken invariant as a sentence that names its row by id; none means that the books agree. Only reads."""
    return [f"{sentence}: {row}" for sentence, found in CHECKS.items() for row in found(session)]


def _invoices_paid_twice(session: Session) -> list[str]:
    """By the ledger, and by the attempts that succeeded."""
    by_ledger = select(LedgerEntry.invoice_id).group_by(LedgerEntry.invoice_id).having(func.count() > 1)
    by_attempts = (
        select(PaymentAttempt.invoice_id)
        .where(PaymentAttempt.status == AttemptStatus.SUCCEEDED)
        .group_by(PaymentAttempt.invoice_id)
        .having(func.count() > 1)
    )
    return sorted({*_ids(session, by_ledger), *_ids(session, by_attempts)})


def _attempts_without_one_entry(session: Session) -> list[str]:
    entries = _count(LedgerEntry, LedgerEntry.attempt_id == PaymentAttempt.id)
    return _ids(
        session, select(PaymentAttempt.id).where(PaymentAttempt.status == AttemptStatus.SUCCEEDED, entries != 1)
    )


def _entries_of_unpaid_attempts(session: Session) -> list[str]:
    joined = select(LedgerEntry.id).join(PaymentAttempt, PaymentAttempt.id == LedgerEntry.attempt_id)
    return _ids(session, joined.where(PaymentAttempt.status != AttemptStatus.SUCCEEDED))


def _entries_of_other_cents(session: Session) -> list[str]:
    joined = select(LedgerEntry.id).join(PaymentAttempt, PaymentAttempt.id == LedgerEntry.attempt_id)
    return _ids(session, joined.where(PaymentAttempt.cents != LedgerEntry.cents))


def _receipts_of_other_cents(session: Session) -> list[str]:
    taken = (
        select(func.coalesce(func.sum(LedgerEntry.cents), 0))
        .where(LedgerEntry.invoice_id == Receipt.invoice_id)
        .scalar_subquery()
    )
    return _ids(session, select(Receipt.id).where(Receipt.cents != taken))


def _invoices_without_one_receipt(session: Session) -> list[str]:
    receipts = _count(Receipt, Receipt.invoice_id == Invoice.id)
    is_wrong = or_(
        and_(Invoice.status.in_(SETTLED), receipts != 1), and_(Invoice.status.not_in(SETTLED), receipts != 0)
    )
    return _ids(session, select(Invoice.id).where(is_wrong))


def _invoices_paid_without_money(session: Session) -> list[str]:
    entries = _count(LedgerEntry, LedgerEntry.invoice_id == Invoice.id)
    is_wrong = or_(
        and_(Invoice.status == InvoiceStatus.PAID, Invoice.cents > 0, entries == 0),
        and_(Invoice.status != InvoiceStatus.PAID, entries > 0),
    )
    return _ids(session, select(Invoice.id).where(is_wrong))


def _attempts_open_on_closed_invoices(session: Session) -> list[str]:
    joined = select(PaymentAttempt.id).join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
    return _ids(session, joined.where(PaymentAttempt.status.in_(OPEN), Invoice.status != InvoiceStatus.OPEN))


def _draws_after_the_end(session: Session) -> list[str]:
    rows = session.execute(
        select(PaymentAttempt.id, PaymentAttempt.sent_at, Membership.ended_on, Clinic.time_zone)
        .join(Membership, Membership.id == PaymentAttempt.membership_id)
        .join(Clinic, Clinic.id == PaymentAttempt.clinic_id)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .where(
            Membership.ended_on.is_not(None),
            PaymentAttempt.sent_at.is_not(None),
            PaymentAttempt.mode == AttemptMode.OFF_SESSION,
            Invoice.kind == InvoiceKind.PERIOD,
        )
    )
    late = [str(row.id) for row in rows if local_date(row.sent_at, row.time_zone) > row.ended_on]
    joined = select(BillingPeriod.id).join(Membership, Membership.id == BillingPeriod.membership_id)
    return late + _ids(
        session, joined.where(BillingPeriod.state.in_(COVERED), BillingPeriod.starts_on > Membership.ended_on)
    )


def _overlapping_periods(session: Session) -> list[str]:
    other = aliased(BillingPeriod)
    overlapping = select(BillingPeriod.id).join(
        other,
        and_(
            other.membership_id == BillingPeriod.membership_id,
            other.id > BillingPeriod.id,
            other.starts_on <= BillingPeriod.ends_on,
            other.ends_on >= BillingPeriod.starts_on,
        ),
    )
    return _ids(session, overlapping.where(BillingPeriod.state.in_(COVERED), other.state.in_(COVERED)))


def _statuses_without_history(session: Session) -> list[str]:
    last = (
        select(MembershipEvent.to_status)
        .where(MembershipEvent.membership_id == Membership.id)
        .order_by(MembershipEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    said = func.coalesce(last, MembershipStatus.PENDING)
    return _ids(session, select(Membership.id).where(said != Membership.status))


def _money_of_memberships_never_begun(session: Session) -> list[str]:
    joined = select(LedgerEntry.id).join(Membership, Membership.id == LedgerEntry.membership_id)
    return _ids(session, joined.where(Membership.started_on.is_(None)))


def _coupons_counted_wrong(session: Session) -> list[str]:
    held = _count(
        CouponRedemption,
        and_(CouponRedemption.coupon_id == Coupon.id, CouponRedemption.released_at.is_(None)),
    )
    return _ids(session, select(Coupon.id).where(Coupon.used != held))


def _letters_queued_twice(session: Session) -> list[str]:
    key = (OutboxEmail.clinic_id, OutboxEmail.kind, OutboxEmail.cause)
    rows = session.execute(select(*key).group_by(*key).having(func.count() > 1))
    return [f"{row.kind} {row.cause}" for row in rows]


CHECKS: dict[str, Callable[[Session], list[str]]] = {
    "invoice paid twice": _invoices_paid_twice,
    "payment attempt succeeded without exactly one ledger entry": _attempts_without_one_entry,
    "ledger entry of a payment attempt that did not succeed": _entries_of_unpaid_attempts,
    "ledger entry of other cents than its payment attempt": _entries_of_other_cents,
    "receipt of other cents than its ledger entries": _receipts_of_other_cents,
    "invoice without exactly the receipt it should have": _invoices_without_one_receipt,
    "invoice whose status and money disagree": _invoices_paid_without_money,
    "open payment attempt on a closed invoice": _attempts_open_on_closed_invoices,
    "draw after the membership's end": _draws_after_the_end,
    "paid billing period that overlaps another": _overlapping_periods,
    "membership whose status is not its history's last": _statuses_without_history,
    "ledger entry of a membership that never began": _money_of_memberships_never_begun,
    "coupon whose count is not its redemptions": _coupons_counted_wrong,
    "letter queued twice": _letters_queued_twice,
}


def _ids(session: Session, query: Select[Any]) -> list[str]:
    return sorted(str(found) for found in session.scalars(query))


def _count(model: type[Base], condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(model).where(condition).scalar_subquery()
