"""A patient's session on one device, and the one-time codes sent by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choices
from portal.models.row import ClinicRow, same_clinic, unique_in_clinic


class CodePurpose(StrEnum):
    """What a code of the mail is for."""

    SIGN_IN = "sign_in"
    CONFIRM_EMAIL = "confirm_email"


class PatientSession(ClinicRow, Base):
    """One signed-in device. The cookie holds a random token, the row its hash; ending the row ends the session."""

    __tablename__ = "patient_sessions"
    __table_args__ = (
        unique_in_clinic(),
        same_clinic("patient_id", "patients"),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    is_remembered: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInCode(ClinicRow, Base):
    """A six-digit code sent by mail: hashed, one use, ten minutes, five tries."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        same_clinic("patient_id", "patients"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
        Index("ix_sign_in_codes_patient", "patient_id", "created_at"),
    )

    patient_id: Mapped[UUID]
    purpose: Mapped[CodePurpose] = mapped_column(choices(CodePurpose, "purpose"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
