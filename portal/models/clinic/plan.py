"""A plan that a clinic sells, its prices from a date, and what it gives."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.row import ClinicRow, same_clinic, unique_in_clinic
from portal.rules.calendar import Frequency


class Plan(ClinicRow, Base):
    """What is sold. Editing it changes no existing membership: price and terms are copied at enrollment."""

    __tablename__ = "plans"
    __table_args__ = (
        unique_in_clinic(),
        UniqueConstraint("clinic_id", "slug"),
        same_clinic("agreement_id", "agreements"),
        CheckConstraint("setup_fee_cents >= 0", name="setup_fee"),
        CheckConstraint("cancellation_fee_cents >= 0", name="cancellation_fee"),
        CheckConstraint("commitment_months BETWEEN 0 AND 36", name="commitment"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount"),
    )

    agreement_id: Mapped[UUID]
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(600), default="")
    badge_colour: Mapped[str] = mapped_column(String(7))
    setup_fee_cents: Mapped[int] = mapped_column(default=0)
    discount_percent: Mapped[int] = mapped_column(default=0)
    banks_fee: Mapped[bool] = mapped_column(default=False)
    commitment_months: Mapped[int] = mapped_column(default=0)
    cancellation_fee_cents: Mapped[int] = mapped_column(default=0)
    shown_in_portal: Mapped[bool] = mapped_column(default=True)
    is_recommended: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    prices: Mapped[list[PlanPrice]] = relationship(viewonly=True, order_by="PlanPrice.starts_on")
    benefits: Mapped[list[PlanBenefit]] = relationship(viewonly=True, order_by="PlanBenefit.position")

    def price(self, frequency: Frequency, on: date) -> PlanPrice | None:
        """The price in force on a day, or None where the plan is not sold at that frequency."""
        fitting = [price for price in self.prices if price.frequency == frequency and price.starts_on <= on]
        return fitting[-1] if fitting else None

    def frequencies(self, on: date) -> list[Frequency]:
        """How often the plan may be drawn, monthly first."""
        return [frequency for frequency in Frequency if self.price(frequency, on)]


class PlanPrice(ClinicRow, Base):
    """A plan's price from a date; a new price is a new row."""

    __tablename__ = "plan_prices"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("plan_id", "plans"),
        UniqueConstraint("plan_id", "frequency", "starts_on"),
        CheckConstraint("fee_cents > 0", name="fee"),
    )

    plan_id: Mapped[UUID]
    frequency: Mapped[Frequency] = mapped_column(choices(Frequency, "frequency"))
    fee_cents: Mapped[int]
    starts_on: Mapped[date]


class PlanBenefit(ClinicRow, Base):
    """One line of what a plan gives, as the patient reads it."""

    __tablename__ = "plan_benefits"
    __table_args__ = (same_clinic("plan_id", "plans"), UniqueConstraint("plan_id", "position"))

    plan_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(160))
