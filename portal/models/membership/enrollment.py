"""The steps that begin a membership, kept as a row so that a patient may leave and go on elsewhere."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.clinic.coupon import Coupon
from portal.models.clinic.plan import Plan, PlanPrice
from portal.models.row import ClinicRow, partial_index, same_clinic, unique_in_clinic


class EnrollmentStatus(StrEnum):
    """Open until it is finished, has lapsed, or its patient became a member of that plan otherwise."""

    OPEN = "open"
    FINISHED = "finished"
    LAPSED = "lapsed"


class Enrollment(ClinicRow, Base):
    """One patient's way through the wizard; at most one is open a patient."""

    __tablename__ = "enrollments"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
        same_clinic("plan_id", "plans"),
        same_clinic("plan_price_id", "plan_prices"),
        same_clinic("coupon_id", "coupons"),
        same_clinic("membership_id", "memberships"),
        partial_index("uq_enrollments_one_open", "patient_id", where="status = 'open'", is_unique=True),
        partial_index("ix_enrollments_lapsing", "lapses_at", where="status = 'open'"),
        CheckConstraint("draw_day IS NULL OR draw_day BETWEEN 1 AND 31", name="draw_day"),
        CheckConstraint("status <> 'finished' OR membership_id IS NOT NULL", name="finished"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[EnrollmentStatus] = mapped_column(choices(EnrollmentStatus, "status"), default=EnrollmentStatus.OPEN)
    plan_id: Mapped[UUID | None]
    plan_price_id: Mapped[UUID | None]
    draw_day: Mapped[int | None]
    coupon_id: Mapped[UUID | None]
    details_at: Mapped[datetime | None]
    membership_id: Mapped[UUID | None]
    setup_key: Mapped[str | None] = mapped_column(String(64))
    setup_intent_id: Mapped[str | None] = mapped_column(String(80))
    wanted_coupon_code: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    plan: Mapped[Plan | None] = relationship(viewonly=True)
    plan_price: Mapped[PlanPrice | None] = relationship(viewonly=True)
    coupon: Mapped[Coupon | None] = relationship(viewonly=True)
