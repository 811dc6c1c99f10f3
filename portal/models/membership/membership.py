"""A patient's running place on a plan, with the price and terms copied from it, and its history."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choices
from portal.models.billing.card import Card
from portal.models.clinic.plan import Plan
from portal.models.people.patient import Patient
from portal.models.row import ClinicRow, append_only, partial_index, same_clinic, unique_in_clinic
from portal.rules.calendar import Frequency, Schedule
from portal.rules.invoices import Terms
from portal.rules.states import MembershipStatus


class EndReason(StrEnum):
    """Why a membership ended."""

    PATIENT = "patient"
    STAFF = "staff"
    NON_PAYMENT = "non_payment"
    LAPSED = "lapsed"


class Membership(ClinicRow, Base):
    """The status has one door, `services/membership/status.py`; intent is a date (`ends_on`), not a status."""

    __tablename__ = "memberships"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
        same_clinic("plan_id", "plans"),
        same_clinic("card_id", "cards"),
        partial_index("uq_memberships_one_a_plan", "patient_id", "plan_id", where="status <> 'ended'", is_unique=True),
        partial_index(
            "ix_memberships_due",
            "clinic_id",
            "next_draw_on",
            "id",
            where="status = 'active' AND next_draw_on IS NOT NULL",
        ),
        partial_index(
            "ix_memberships_ending", "clinic_id", "ends_on", where="status <> 'ended' AND ends_on IS NOT NULL"
        ),
        CheckConstraint("fee_cents > 0", name="fee"),
        CheckConstraint("setup_fee_cents >= 0 AND cancellation_fee_cents >= 0", name="fees"),
        CheckConstraint("draw_day BETWEEN 1 AND 31", name="draw_day"),
        CheckConstraint("(status = 'ended') = (ended_on IS NOT NULL)", name="ended"),
        CheckConstraint("status <> 'ended' OR next_draw_on IS NULL", name="ended_draws"),
        CheckConstraint("ends_on IS NULL OR next_draw_on IS NULL", name="ending_draws"),
        CheckConstraint("status IN ('pending', 'ended') OR started_on IS NOT NULL", name="started"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    plan_id: Mapped[UUID]
    card_id: Mapped[UUID | None]
    status: Mapped[MembershipStatus] = mapped_column(
        choices(MembershipStatus, "status"), default=MembershipStatus.PENDING
    )
    plan_name: Mapped[str] = mapped_column(String(80))
    frequency: Mapped[Frequency] = mapped_column(choices(Frequency, "frequency"))
    fee_cents: Mapped[int]
    setup_fee_cents: Mapped[int]
    cancellation_fee_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    draw_day: Mapped[int]
    anchor_on: Mapped[date]
    started_on: Mapped[date | None]
    commitment_until: Mapped[date | None]
    paid_through: Mapped[date | None]
    next_draw_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[EndReason | None] = mapped_column(choices(EndReason, "end_reason"))
    cancel_reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    patient: Mapped[Patient] = relationship(viewonly=True)
    plan: Mapped[Plan] = relationship(viewonly=True)
    card: Mapped[Card | None] = relationship(viewonly=True)

    @property
    def schedule(self) -> Schedule:
        """The grid of draw dates, always counted from the anchor."""
        return Schedule(frequency=self.frequency, draw_day=self.draw_day, anchor_on=self.anchor_on)

    @property
    def terms(self) -> Terms:
        """The price and schedule that this membership was sold at."""
        return Terms(
            fee_cents=self.fee_cents,
            setup_fee_cents=self.setup_fee_cents,
            currency=self.currency,
            schedule=self.schedule,
        )

    @property
    def is_cancelled(self) -> bool:
        """Cancelled and still running until `ends_on`."""
        return self.ends_on is not None and self.status != MembershipStatus.ENDED


class MembershipEvent(ClinicRow, Base):
    """One line of a membership's history; every change of status has one."""

    __tablename__ = "membership_events"
    __table_args__ = (
        same_clinic("membership_id", "memberships"),
        Index("ix_membership_events_membership", "membership_id", "id"),
        CheckConstraint("actor IN ('patient', 'staff', 'scheduler', 'stripe')", name="actor"),
    )

    membership_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    from_status: Mapped[MembershipStatus | None] = mapped_column(choices(MembershipStatus, "from_status"))
    to_status: Mapped[MembershipStatus | None] = mapped_column(choices(MembershipStatus, "to_status"))
    at: Mapped[datetime]
    on: Mapped[date]
    actor: Mapped[str] = mapped_column(String(12))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


append_only(MembershipEvent)
