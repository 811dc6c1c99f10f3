"""A card on file at Stripe: what a patient may see of it, never its number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base
from portal.models.row import ClinicRow, same_clinic, unique_in_clinic


class Card(ClinicRow, Base):
    """One payment method of a patient on one Stripe account ('' is the installation's own)."""

    __tablename__ = "cards"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
        UniqueConstraint("account", "payment_method_id"),
        CheckConstraint("exp_month BETWEEN 1 AND 12", name="exp_month"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(String(64), default="")
    customer_id: Mapped[str] = mapped_column(String(64))
    payment_method_id: Mapped[str] = mapped_column(String(80))
    brand: Mapped[str] = mapped_column(String(24))
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
