"""Makes a patient's account, which counts only once the code mailed to its address was typed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import new_id
from portal.models import Clinic, Patient
from portal.models.people.sign_in import CodePurpose
from portal.services.people import codes, patients, sign_in
from portal.services.people.stand_in import stand_in


@dataclass(frozen=True)
class Newcomer:
    """What sign-up asks for; the password hashed already, as hashing must not hold a transaction open."""

    first_name: str
    last_name: str
    email: str
    password_hash: str


def start(session: Session, clinic: Clinic, newcomer: Newcomer, key: str, now: datetime, wall_now: datetime) -> UUID:
    """Mails a code to the address and answers its id, for the browser that signed up.

    A known patient is mailed a code to sign in with instead, and keeps name and password. For an address that
    was never confirmed the newest name and password count, and only the newest code. The browser sees the
    same in every case. `sign_in.by_code` ends it.
    """
    patient = patients.by_email(session, clinic, newcomer.email) or _create(session, clinic, newcomer, now)
    if not codes.may_be_issued(session, patient, wall_now):
        with stand_in(session, clinic, wall_now) as nobody:
            sign_in.mail_code(session, nobody, CodePurpose.CONFIRM_EMAIL, key, now, wall_now)
        return new_id()
    if not _is_unfinished(patient):
        return sign_in.mail_code(session, patient, CodePurpose.SIGN_IN, key, now, wall_now)
    patient.first_name, patient.last_name = newcomer.first_name, newcomer.last_name
    patient.password_hash = newcomer.password_hash
    return sign_in.mail_code(session, patient, CodePurpose.CONFIRM_EMAIL, key, now, wall_now)


def _is_unfinished(patient: Patient) -> bool:
    # The clinic's own entries have no password until their patient has proved the address.
    return patient.email_confirmed_at is None and patient.password_hash is not None


def _create(session: Session, clinic: Clinic, newcomer: Newcomer, now: datetime) -> Patient:
    try:
        with session.begin_nested():
            return patients.create(
                session,
                clinic,
                newcomer.email,
                first_name=newcomer.first_name,
                last_name=newcomer.last_name,
                password_hash=newcomer.password_hash,
                is_confirmed=False,
                now=now,
            )
    except IntegrityError:
        # The same form, sent twice at once: the other one was first.
        patient = patients.by_email(session, clinic, newcomer.email)
        if patient is None:
            raise
        return patient
