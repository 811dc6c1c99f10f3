"""Finds, creates and changes the patients of a clinic."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from portal.models import Clinic, Patient
from portal.services.people import sessions

MOST_WRONG_GUESSES = 10
GUESSING_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Details:
    """What a patient may change about themselves; `country` is two capital letters (ISO 3166)."""

    first_name: str
    last_name: str
    phone: str
    address_line1: str
    address_line2: str
    city: str
    region: str
    postal_code: str
    country: str

    @classmethod
    def of(cls, patient: Patient) -> Details:
        """The details as they are now."""
        return cls(**{name: getattr(patient, name) for name in cls.__dataclass_fields__})


def normal_email(email: str) -> str:
    """The one spelling of an address that is stored and looked for."""
    return email.strip().lower()


def by_email(session: Session, clinic: Clinic, email: str) -> Patient | None:
    """The patient of this clinic with the address, in any spelling of capitals; None where there is none."""
    wanted = select(Patient).where(Patient.clinic_id == clinic.id, Patient.email == normal_email(email))
    return session.scalars(wanted).one_or_none()


def mine_or_none(session: Session, clinic: Clinic, patient_id: UUID) -> Patient | None:
    """The patient of this clinic; another clinic's patient does not exist."""
    return session.scalars(
        select(Patient).where(Patient.clinic_id == clinic.id, Patient.id == patient_id)
    ).one_or_none()


def create(
    session: Session,
    clinic: Clinic,
    email: str,
    *,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    password_hash: str | None = None,
    is_confirmed: bool = True,
    now: datetime,
) -> Patient:
    """Adds a patient. Their address is taken as confirmed, except from those who sign up by themselves.

    Raises IntegrityError where the clinic has a patient with this address.
    """
    patient = Patient(
        clinic_id=clinic.id,
        email=normal_email(email),
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        password_hash=password_hash,
        email_confirmed_at=now if is_confirmed else None,
        created_at=now,
    )
    session.add(patient)
    session.flush()
    return patient


def update_details(session: Session, patient: Patient, details: Details, now: datetime) -> None:
    """Writes the patient's details; the same ones again change nothing."""
    for name, text in asdict(details).items():
        setattr(patient, name, text)
    session.flush()


def set_password(session: Session, patient: Patient, password_hash: str, wall_now: datetime) -> None:
    """Gives the patient a new password, ends all their sessions and forgets the guesses at the old password.

    The caller starts a new session for the device that changed it.
    """
    # Guesses are counted in transactions of their own, so what is loaded may be behind.
    session.refresh(patient)
    patient.password_hash = password_hash
    patient.declined_sign_ins = 0
    patient.locked_until = None
    sessions.end_all(session, patient, wall_now)
    session.flush()


def is_locked(patient: Patient, wall_now: datetime) -> bool:
    """Whether so many wrong passwords were typed for this account that none is looked at now."""
    is_counting = patient.locked_until is not None and patient.locked_until > wall_now
    return is_counting and patient.declined_sign_ins >= MOST_WRONG_GUESSES


def count_wrong_guess(session: Session, patient: Patient, wall_now: datetime) -> bool:
    """Counts a wrong password on the account, wherever it came from. False, uncounted, where it is locked.

    The count starts anew only after an hour without a wrong guess, so no hour sees more than ten. A right
    password does not clear it: a guesser would only wait for the patient to sign in.
    """
    is_over = or_(Patient.locked_until.is_(None), Patient.locked_until <= wall_now)
    changed = session.execute(
        update(Patient)
        .where(Patient.id == patient.id, or_(is_over, Patient.declined_sign_ins < MOST_WRONG_GUESSES))
        .values(
            declined_sign_ins=case((is_over, 1), else_=Patient.declined_sign_ins + 1),
            locked_until=wall_now + GUESSING_WINDOW,
        )
        .returning(Patient.id)
        .execution_options(synchronize_session="fetch")
    )
    return changed.one_or_none() is not None
