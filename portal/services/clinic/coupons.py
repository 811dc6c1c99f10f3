"""Coupons: looked up, refused in words that the page can say, redeemed by a conditional write, released when unpaid."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.models import Coupon, CouponRedemption, Membership, Patient, Plan
from portal.rules.coupons import Refusal, code_key, refusal


class Answer(NamedTuple):
    """What a code is worth to this patient on this plan: a coupon, or why not."""

    coupon: Coupon | None
    refusal: Refusal | None


def answer(
    session: Session, patient: Patient, plan: Plan, code: str, today: date, own_membership: UUID | None = None
) -> Answer:
    """Whether the code may be redeemed; a redemption already held by `own_membership` does not stand in its way."""
    coupon = session.scalar(
        select(Coupon).where(Coupon.clinic_id == patient.clinic_id, Coupon.code_key == code_key(code))
    )
    if coupon is None:
        return Answer(None, Refusal.UNKNOWN)
    held = active_redemption(session, patient.clinic_id, own_membership) if own_membership else None
    own = held is not None and held.coupon_id == coupon.id
    used_by_patient = session.scalar(
        select(
            exists().where(
                CouponRedemption.clinic_id == patient.clinic_id,
                CouponRedemption.coupon_id == coupon.id,
                CouponRedemption.patient_id == patient.id,
                CouponRedemption.released_at.is_(None),
                CouponRedemption.membership_id != (own_membership or patient.id),
            )
        )
    )
    why_not = refusal(
        expires_on=coupon.expires_on,
        today=today,
        is_off=coupon.switched_off_at is not None,
        used=coupon.used - (1 if own else 0),
        max_uses=coupon.max_uses,
        plan_allowed=not coupon.plans or plan.id in {limit.plan_id for limit in coupon.plans},
        used_by_patient=bool(used_by_patient),
    )
    return Answer(None if why_not else coupon, why_not)


def active_redemption(session: Session, clinic_id: UUID, membership_id: UUID) -> CouponRedemption | None:
    """The redemption that a membership holds now."""
    return session.scalar(
        select(CouponRedemption).where(
            CouponRedemption.clinic_id == clinic_id,
            CouponRedemption.membership_id == membership_id,
            CouponRedemption.released_at.is_(None),
        )
    )


def redeem(session: Session, coupon: Coupon, membership: Membership, now: datetime) -> CouponRedemption | None:
    """Takes one use of the coupon for a membership; None when the last one is gone or the patient has used it.

    Safe with any number of patients at once: the count is a conditional write, once-a-patient a unique index.
    """
    redemption = _new_redemption(coupon, membership, now)
    try:
        with session.begin_nested():
            if not _take_use(session, membership.clinic_id, coupon.id):
                return None
            session.add(redemption)
            session.flush()
    except IntegrityError:
        return None
    return redemption


def take_back(session: Session, redemption: CouponRedemption) -> bool:
    """Holds a released use again, for another try at the same payment; False when the last one has gone meanwhile."""
    try:
        with session.begin_nested():
            if not _take_use(session, redemption.clinic_id, redemption.coupon_id):
                return False
            redemption.released_at = None
            session.flush()
    except IntegrityError:
        session.refresh(redemption)
        return False
    return True


def release(session: Session, redemption: CouponRedemption, now: datetime) -> None:
    """Gives the use back, once: the first payment was declined or never made."""
    given_back = session.execute(
        update(CouponRedemption)
        .where(CouponRedemption.id == redemption.id, CouponRedemption.released_at.is_(None))
        .values(released_at=now)
    )
    if given_back.rowcount == 1:  # type: ignore[attr-defined]
        session.execute(
            update(Coupon)
            .where(Coupon.id == redemption.coupon_id, Coupon.clinic_id == redemption.clinic_id)
            .values(used=Coupon.used - 1)
        )


def _take_use(session: Session, clinic_id: UUID, coupon_id: UUID) -> bool:
    taken = session.execute(
        update(Coupon)
        .where(
            Coupon.id == coupon_id,
            Coupon.clinic_id == clinic_id,
            (Coupon.max_uses.is_(None)) | (Coupon.used < Coupon.max_uses),
        )
        .values(used=Coupon.used + 1)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def _new_redemption(coupon: Coupon, membership: Membership, now: datetime) -> CouponRedemption:
    discount = coupon.discount()
    return CouponRedemption(
        clinic_id=membership.clinic_id,
        coupon_id=coupon.id,
        patient_id=membership.patient_id,
        membership_id=membership.id,
        code=coupon.code,
        amount_kind=coupon.amount_kind,
        amount=coupon.amount,
        duration=coupon.duration,
        on_setup_fee=coupon.on_setup_fee,
        periods_left=discount.periods_left,
        cents_left=discount.cents_left,
        redeemed_at=now,
    )
