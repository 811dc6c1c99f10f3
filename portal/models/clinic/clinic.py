"""A clinic, the tenant, and its membership programme."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, new_id
from portal.rules.dunning import Policy

RESERVED_SLUGS = frozenset({"static", "webhooks", "healthz", "readyz", "metrics", "sandbox"})


class Clinic(Base):
    """The tenant. Its slug is the first segment of every address of its portal."""

    __tablename__ = "clinics"
    __table_args__ = (
        CheckConstraint("slug = lower(slug) AND length(slug) BETWEEN 2 AND 40", name="slug"),
        CheckConstraint("draw_hour BETWEEN 0 AND 23", name="draw_hour"),
        CheckConstraint("length(colour) = 7", name="colour"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    colour: Mapped[str] = mapped_column(String(7))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_type: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(300))
    website: Mapped[str | None] = mapped_column(String(300))
    booking_url: Mapped[str | None] = mapped_column(String(300))
    draw_hour: Mapped[int] = mapped_column(default=6)
    stripe_account: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    programme: Mapped[Programme] = relationship(back_populates="clinic", lazy="joined", innerjoin=False)

    @property
    def embedded_logo(self) -> str | None:
        """The logo as a data: address, for what is cached or sent whole: the theme's stylesheet, a PDF."""
        if self.logo is None or self.logo_type is None:
            return None
        return f"data:{self.logo_type};base64,{b64encode(self.logo).decode()}"


class Programme(Base):
    """The clinic's membership programme: its switch, what patients may do by themselves, and how it asks again."""

    __tablename__ = "programmes"
    __table_args__ = (
        UniqueConstraint("clinic_id"),
        CheckConstraint("while_past_due IN ('blocked', 'usable')", name="while_past_due"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clinic_id: Mapped[UUID] = mapped_column(ForeignKey("clinics.id"))
    name: Mapped[str] = mapped_column(String(120))
    introduction: Mapped[str] = mapped_column(String(600), default="")
    thank_you: Mapped[str] = mapped_column(String(600), default="")
    receipt_footer: Mapped[str] = mapped_column(String(600), default="")
    is_open: Mapped[bool] = mapped_column(default=True)
    patients_may_sign_up: Mapped[bool] = mapped_column(default=True)
    patients_may_enroll: Mapped[bool] = mapped_column(default=True)
    patients_may_cancel: Mapped[bool] = mapped_column(default=True)
    dunning_days: Mapped[str] = mapped_column(String(40), default="1,3,7,14")
    dunning_ends_membership: Mapped[bool] = mapped_column(default=True)
    while_past_due: Mapped[str] = mapped_column(String(10), default="blocked")
    clinic: Mapped[Clinic] = relationship(back_populates="programme")

    @property
    def dunning_policy(self) -> Policy:
        """When a declined draw is asked again, and what happens at the end."""
        days = tuple(int(day) for day in self.dunning_days.split(",") if day)
        return Policy(days=days, ends_membership=self.dunning_ends_membership)
