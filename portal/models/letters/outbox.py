"""A letter on its way: rendered as the patient will read it, queued with the change it tells of, sent by a job."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choices
from portal.models.row import ClinicRow, partial_index, same_clinic, unique_in_clinic


class AttachmentKind(StrEnum):
    """What the sender renders and attaches when the letter leaves."""

    SIGNED_AGREEMENT = "signed_agreement"


class OutboxEmail(ClinicRow, Base):
    """Unique by (kind, cause), so that no letter is queued twice; its Message-ID derives from them."""

    __tablename__ = "outbox_emails"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
        UniqueConstraint("clinic_id", "kind", "cause"),
        partial_index("ix_outbox_emails_waiting", "next_try_at", where="sent_at IS NULL AND given_up_at IS NULL"),
    )

    patient_id: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    cause: Mapped[str] = mapped_column(String(100))
    to_address: Mapped[str] = mapped_column(String(254))
    from_name: Mapped[str] = mapped_column(String(120))
    reply_to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text_body: Mapped[str] = mapped_column(Text)
    html_body: Mapped[str] = mapped_column(Text)
    attachment_kind: Mapped[AttachmentKind | None] = mapped_column(choices(AttachmentKind, "attachment_kind"))
    attachment_id: Mapped[UUID | None]
    message_id: Mapped[str] = mapped_column(String(120))
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
