"""The evidence of a signature: exact text, its hash, what was disclosed, by whom, when and from where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base
from portal.models.row import ClinicRow, append_only, same_clinic, unique_in_clinic


class SignedAgreement(ClinicRow, Base):
    """One signature under one text and one price. Never changed: a new disclosure needs a new signature."""

    __tablename__ = "signed_agreements"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
        same_clinic("enrollment_id", "enrollments"),
        same_clinic("agreement_version_id", "agreement_versions"),
        Index("ix_signed_agreements_enrollment", "enrollment_id", "signed_at"),
        CheckConstraint("length(text_sha256) = 64", name="text_sha256"),
        CheckConstraint("length(signature_text) > 0", name="signature"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    enrollment_id: Mapped[UUID]
    agreement_version_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(160))
    version_number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    disclosure: Mapped[str] = mapped_column(Text)
    records_consent: Mapped[str] = mapped_column(Text)
    charge_consent: Mapped[str] = mapped_column(Text)
    signature_text: Mapped[str] = mapped_column(String(200))
    signer_name: Mapped[str] = mapped_column(String(200))
    signed_at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(300))


append_only(SignedAgreement)
