"""What we keep of Stripe's accounts and events: how far we have caught up, and the inbox."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, new_id
from portal.models.row import partial_index


class StripeAccount(Base):
    """One account that charges; `caught_up_to` is Stripe's own time of the newest payment that we have learned of."""

    __tablename__ = "stripe_accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(64), unique=True)
    caught_up_to: Mapped[datetime]


class StripeEvent(Base):
    """An event in the inbox: kept by (account, event id), applied once, tried again while it cannot be."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        UniqueConstraint("account", "event_id"),
        partial_index("ix_stripe_events_waiting", "next_try_at", where="applied_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(64), default="")
    event_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime | None]
