"""A clinic's agreement and its frozen versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base
from portal.models.row import ClinicRow, append_only, same_clinic, unique_in_clinic


class Agreement(ClinicRow, Base):
    """The document that a plan's patients sign; its text lives in versions."""

    __tablename__ = "agreements"
    __table_args__ = (unique_in_clinic(), UniqueConstraint("clinic_id", "name"))

    name: Mapped[str] = mapped_column(String(120))


class AgreementVersion(ClinicRow, Base):
    """A published text: Markdown with merge fields, never changed."""

    __tablename__ = "agreement_versions"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("agreement_id", "agreements"),
        UniqueConstraint("agreement_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    agreement_id: Mapped[UUID]
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]


append_only(AgreementVersion)
