"""What a settled period means for its membership: begun, renewed or mended; the next draw; the letter."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.models import (
    BillingPeriod,
    CouponRedemption,
    Enrollment,
    Invoice,
    Membership,
    Plan,
    Receipt,
    SignedAgreement,
)
from portal.models.membership.enrollment import EnrollmentStatus
from portal.rules.calendar import local_date
from portal.rules.days import DayState
from portal.rules.memberships import commitment_until
from portal.rules.states import MembershipStatus
from portal.services.clinic import coupons
from portal.services.letters import membership_letters, payment_letters
from portal.services.membership import memberships

log = structlog.get_logger()
ONE_DAY = timedelta(days=1)


def begin(
    session: Session,
    membership: Membership,
    invoice: Invoice,
    receipt: Receipt,
    now: datetime,
    actor: str,
    is_waived: bool = False,
) -> None:
    """Opens the paid (or waived) days to the patient; the caller has just settled the invoice in this transaction."""
    period = session.scalars(
        select(BillingPeriod).where(
            BillingPeriod.clinic_id == invoice.clinic_id, BillingPeriod.invoice_id == invoice.id
        )
    ).one()
    period.state = DayState.WAIVED if is_waived else DayState.PAID
    membership.paid_through = max(membership.paid_through or period.ends_on, period.ends_on)
    facts: dict[str, Any] = {"invoice": str(invoice.id), "cents": invoice.cents, "receipt": receipt.number}
    match membership.status:
        case MembershipStatus.PENDING:
            _join(session, membership, invoice, receipt, period, now, actor)
        case MembershipStatus.PAST_DUE:
            _plan_next_draw(membership, period)
            memberships.move(session, membership, MembershipStatus.ACTIVE, "mended", now, actor, **facts)
            payment_letters.renewed(session, membership, invoice, receipt, now)
        case MembershipStatus.ACTIVE | MembershipStatus.ON_HOLD:
            _plan_next_draw(membership, period)
            memberships.record(session, membership, "renewed", now, actor, **facts)
            payment_letters.renewed(session, membership, invoice, receipt, now)
        case MembershipStatus.ENDED:
            log.error("paid after the end", membership=str(membership.id), invoice=str(invoice.id))
            memberships.record(session, membership, "paid_after_end", now, actor, **facts)


def _join(
    session: Session,
    membership: Membership,
    invoice: Invoice,
    receipt: Receipt,
    period: BillingPeriod,
    now: datetime,
    actor: str,
) -> None:
    plan = session.get_one(Plan, membership.plan_id)
    membership.started_on = period.starts_on
    _hold_coupon_again(session, membership)
    membership.commitment_until = commitment_until(period.starts_on, plan.commitment_months)
    _plan_next_draw(membership, period)
    memberships.move(session, membership, MembershipStatus.ACTIVE, "joined", now, actor, cents=invoice.cents)
    signed = _finish_enrollment(session, membership, now)
    if signed is not None:
        membership_letters.welcome(session, membership, invoice, receipt, signed, now)


def _hold_coupon_again(session: Session, membership: Membership) -> None:
    """A decline gave the coupon back; paid after all in the same dialog, the membership has it again."""
    newest = session.scalar(
        select(CouponRedemption)
        .where(CouponRedemption.clinic_id == membership.clinic_id, CouponRedemption.membership_id == membership.id)
        .order_by(CouponRedemption.id.desc())
        .limit(1)
    )
    if newest is not None and newest.released_at is not None and not coupons.take_back(session, newest):
        log.error("coupon gone", membership=str(membership.id), coupon=str(newest.coupon_id))


def _plan_next_draw(membership: Membership, period: BillingPeriod) -> None:
    # Cancelled while this payment was on its way: it runs to the end of what is paid, and no draw follows.
    if membership.ends_on is not None:
        membership.ends_on = max(membership.ends_on, period.ends_on)
        membership.next_draw_on = None
    else:
        membership.next_draw_on = max(membership.next_draw_on or date.min, period.ends_on + ONE_DAY)


def _finish_enrollment(session: Session, membership: Membership, now: datetime) -> SignedAgreement | None:
    enrollment = session.scalar(
        select(Enrollment).where(
            Enrollment.clinic_id == membership.clinic_id, Enrollment.membership_id == membership.id
        )
    )
    if enrollment is None:
        return None
    clinic = memberships.clinic_of(session, membership)
    session.execute(
        update(Enrollment)
        .where(Enrollment.id == enrollment.id)
        .values(status=EnrollmentStatus.FINISHED, closed_on=local_date(now, clinic.time_zone))
    )
    session.refresh(enrollment)
    return session.scalar(
        select(SignedAgreement)
        .where(SignedAgreement.clinic_id == membership.clinic_id, SignedAgreement.enrollment_id == enrollment.id)
        .order_by(SignedAgreement.id.desc())
        .limit(1)
    )
