"""A patient who logs in to one clinic's portal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base
from portal.models.row import ClinicRow, unique_in_clinic


class Patient(ClinicRow, Base):
    """A person of one clinic; the same person at another clinic is another row."""

    __tablename__ = "patients"
    __table_args__ = (
        unique_in_clinic(),
        UniqueConstraint("clinic_id", "email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("declined_sign_ins >= 0", name="declined_sign_ins"),
    )

    email: Mapped[str] = mapped_column(String(254))
    first_name: Mapped[str] = mapped_column(String(80), default="")
    last_name: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address_line1: Mapped[str] = mapped_column(String(120), default="")
    address_line2: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    region: Mapped[str] = mapped_column(String(80), default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(2), default="US")
    language: Mapped[str] = mapped_column(String(5), default="en")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    email_confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    declined_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    stripe_customer_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        """First and last name, or the e-mail address where neither is known yet."""
        return f"{self.first_name} {self.last_name}".strip() or self.email
