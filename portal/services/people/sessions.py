"""A patient's sessions, one a device: rows on the server, so that ending the row ends the session."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal import db
from portal.models import Clinic, Patient, PatientSession, SignInCode

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
FRESH = timedelta(minutes=10)


class Running(NamedTuple):
    """A session that is not over, and whose it is."""

    device: PatientSession
    patient: Patient


def start(session: Session, patient: Patient, is_remembered: bool, wall_now: datetime) -> str:
    """Begins a session and answers its token, which is nowhere but in the patient's cookie.

    Over after 30 idle minutes and at the latest after 12 hours; a remembered device after 30 days.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        PatientSession(
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            token_hash=_hashed(token),
            is_remembered=is_remembered,
            created_at=wall_now,
            last_seen_at=wall_now,
            expires_at=wall_now + (REMEMBERED if is_remembered else ABSOLUTE),
        )
    )
    session.flush()
    return token


def running(session: Session, clinic: Clinic, token: str, wall_now: datetime) -> Running | None:
    """The session of the token at this clinic; None once it is over or ended, or its patient is disabled."""
    row = session.execute(
        select(PatientSession, Patient)
        .join(Patient, Patient.id == PatientSession.patient_id)
        .where(
            PatientSession.token_hash == _hashed(token),
            PatientSession.clinic_id == clinic.id,
            PatientSession.ended_at.is_(None),
            PatientSession.expires_at > wall_now,
            Patient.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    device, patient = row
    idle = REMEMBERED if device.is_remembered else IDLE
    return Running(device, patient) if device.last_seen_at + idle > wall_now else None


def patient_of(session: Session, clinic: Clinic, token: str, wall_now: datetime) -> Patient | None:
    """The patient whom the token signs in at this clinic, or None."""
    found = running(session, clinic, token, wall_now)
    return found.patient if found else None


def is_unseen_for_a_while(device: PatientSession, wall_now: datetime) -> bool:
    """Whether the session was last seen so long ago that it is worth a write."""
    return device.last_seen_at <= wall_now - SEEN_EVERY


def note_seen(device_id: UUID, wall_now: datetime) -> None:
    """Keeps a session from idling out, at most once a minute. Opens its own transaction: none may be open."""
    with db.begin() as session:
        session.execute(
            update(PatientSession)
            .where(PatientSession.id == device_id, PatientSession.last_seen_at <= wall_now - SEEN_EVERY)
            .values(last_seen_at=wall_now)
        )


def is_fresh_from_code(session: Session, device: PatientSession, wall_now: datetime) -> bool:
    """Whether this session began with a code of the mail within the last ten minutes.

    Using a code and starting its session carry the same moment.
    """
    if device.created_at <= wall_now - FRESH:
        return False
    used = exists().where(SignInCode.patient_id == device.patient_id, SignInCode.used_at == device.created_at)
    return bool(session.scalar(select(used)))


def end(session: Session, token: str, wall_now: datetime) -> None:
    """Ends the token's session; a second time, or with an unknown token, changes nothing."""
    session.execute(
        update(PatientSession)
        .where(PatientSession.token_hash == _hashed(token), PatientSession.ended_at.is_(None))
        .values(ended_at=wall_now)
    )


def end_all(session: Session, patient: Patient, wall_now: datetime) -> None:
    """Ends every session of the patient, on every device."""
    session.execute(
        update(PatientSession)
        .where(PatientSession.patient_id == patient.id, PatientSession.ended_at.is_(None))
        .values(ended_at=wall_now)
    )


def _hashed(token: str) -> str:
    # The token is random: a plain hash cannot be turned back, and needs no salt.
    return hashlib.sha256(token.encode()).hexdigest()
