"""The membership that waits for its first payment: one under exactly the quoted terms, its coupon held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import CouponRedemption, Enrollment, Membership
from portal.rules.states import MembershipStatus
from portal.services.billing import invoices
from portal.services.clinic import coupons
from portal.services.membership import enrollment as enrollments
from portal.services.membership.quote import Quote


class CouponGone(Exception):
    """The coupon's last use has just gone to somebody else."""


def of_enrollment(session: Session, enrollment: Enrollment) -> Membership | None:
    """The pending membership of an enrollment, or None."""
    if enrollment.membership_id is None:
        return None
    membership = session.get_one(Membership, enrollment.membership_id, populate_existing=True)
    return membership if membership.status == MembershipStatus.PENDING else None


def ensure(session: Session, enrollment: Enrollment, current: Quote, now: datetime) -> Membership:
    """The pending membership under exactly these terms, its coupon redeemed; an earlier one under others is retired.

    Raises CouponGone.
    """
    pending = of_enrollment(session, enrollment)
    if pending is not None and not fits(session, pending, current):
        enrollments.retire(session, enrollment.clinic_id, pending.id, now, "patient")
        pending = None
    if pending is None:
        pending = _new_membership(session, enrollment, current, now)
    _hold_coupon(session, pending, current, now)
    return pending


def _new_membership(session: Session, enrollment: Enrollment, current: Quote, now: datetime) -> Membership:
    terms = current.terms
    membership = Membership(
        clinic_id=enrollment.clinic_id,
        patient_id=enrollment.patient_id,
        plan_id=current.plan.id,
        status=MembershipStatus.PENDING,
        plan_name=current.plan.name,
        frequency=terms.schedule.frequency,
        fee_cents=terms.fee_cents,
        setup_fee_cents=terms.setup_fee_cents,
        cancellation_fee_cents=current.plan.cancellation_fee_cents,
        currency=terms.currency,
        draw_day=terms.schedule.draw_day,
        anchor_on=terms.schedule.anchor_on,
        created_at=now,
    )
    session.add(membership)
    session.flush()
    enrollment.membership_id = membership.id
    session.flush()
    return membership


def _hold_coupon(session: Session, membership: Membership, current: Quote, now: datetime) -> None:
    if current.coupon is None:
        return
    held = session.scalar(
        select(CouponRedemption)
        .where(CouponRedemption.clinic_id == membership.clinic_id, CouponRedemption.membership_id == membership.id)
        .execution_options(populate_existing=True)
    )
    if held is None:
        is_held = coupons.redeem(session, current.coupon, membership, now) is not None
    else:
        is_held = held.released_at is None or coupons.take_back(session, held)
    if not is_held:
        raise CouponGone


def fits(session: Session, membership: Membership, current: Quote) -> bool:
    """True while the pending membership and its invoice are what the quote says today."""
    invoice = invoices.open_invoice(session, membership)
    held = session.scalar(
        select(CouponRedemption.coupon_id).where(
            CouponRedemption.clinic_id == membership.clinic_id, CouponRedemption.membership_id == membership.id
        )
    )
    is_same_charge = invoice is None or (
        invoice.cents == current.charge.total_cents
        and invoice.cause == f"period:{current.charge.period.starts_on.isoformat()}"
    )
    return (
        is_same_charge
        and membership.plan_id == current.plan.id
        and membership.terms == current.terms
        and membership.cancellation_fee_cents == current.plan.cancellation_fee_cents
        and held == (current.coupon.id if current.coupon else None)
    )
