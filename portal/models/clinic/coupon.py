"""A coupon, the plans it is for, and its redemption by a membership."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.row import ClinicRow, partial_index, same_clinic, unique_in_clinic
from portal.rules.coupons import AmountKind, Discount, Duration, starting_discount


class Coupon(ClinicRow, Base):
    """A code that lowers draws. `used` counts redemptions; it is changed only by a conditional write."""

    __tablename__ = "coupons"
    __table_args__ = (
        unique_in_clinic(),
        UniqueConstraint("clinic_id", "code_key"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("amount_kind <> 'percent' OR amount <= 100", name="percent"),
        CheckConstraint("(duration = 'periods') = (periods IS NOT NULL)", name="periods"),
        CheckConstraint("used >= 0 AND (max_uses IS NULL OR used <= max_uses)", name="uses"),
    )

    code: Mapped[str] = mapped_column(String(40))
    code_key: Mapped[str] = mapped_column(String(40))
    amount_kind: Mapped[AmountKind] = mapped_column(choices(AmountKind, "amount_kind"))
    amount: Mapped[int]
    duration: Mapped[Duration] = mapped_column(choices(Duration, "duration"))
    periods: Mapped[int | None]
    on_setup_fee: Mapped[bool] = mapped_column(default=False)
    expires_on: Mapped[date | None]
    max_uses: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    switched_off_at: Mapped[datetime | None]
    plans: Mapped[list[CouponPlan]] = relationship(viewonly=True)

    def discount(self) -> Discount:
        """The discount that a fresh redemption starts with."""
        return starting_discount(self.amount_kind, self.amount, self.duration, self.on_setup_fee, self.periods)


class CouponPlan(ClinicRow, Base):
    """A plan that a coupon is limited to; a coupon without such rows is for every plan."""

    __tablename__ = "coupon_plans"
    __table_args__ = (
        same_clinic("coupon_id", "coupons"),
        same_clinic("plan_id", "plans"),
        UniqueConstraint("coupon_id", "plan_id"),
    )

    coupon_id: Mapped[UUID] = mapped_column(index=True)
    plan_id: Mapped[UUID]


class CouponRedemption(ClinicRow, Base):
    """A coupon's use by one membership; its terms are copied, and what is left is counted down by invoices."""

    __tablename__ = "coupon_redemptions"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("coupon_id", "coupons"),
        same_clinic("patient_id", "patients"),
        same_clinic("membership_id", "memberships"),
        partial_index(
            "uq_coupon_redemptions_once_a_patient",
            "coupon_id",
            "patient_id",
            where="released_at IS NULL",
            is_unique=True,
        ),
        partial_index(
            "uq_coupon_redemptions_one_a_membership", "membership_id", where="released_at IS NULL", is_unique=True
        ),
        CheckConstraint("periods_left IS NULL OR periods_left >= 0", name="periods_left"),
        CheckConstraint("cents_left IS NULL OR cents_left >= 0", name="cents_left"),
    )

    coupon_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40))
    amount_kind: Mapped[AmountKind] = mapped_column(choices(AmountKind, "amount_kind"))
    amount: Mapped[int]
    duration: Mapped[Duration] = mapped_column(choices(Duration, "duration"))
    on_setup_fee: Mapped[bool]
    periods_left: Mapped[int | None]
    cents_left: Mapped[int | None]
    redeemed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]

    @property
    def discount(self) -> Discount:
        """The discount as it stands now."""
        return Discount(
            amount_kind=self.amount_kind,
            amount=self.amount,
            duration=self.duration,
            on_setup_fee=self.on_setup_fee,
            periods_left=self.periods_left,
            cents_left=self.cents_left,
        )
