"""The work of an account that is not there, so that nobody can tell by the time whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.db import new_id
from portal.models import Clinic, Patient


@contextmanager
def stand_in(session: Session, clinic: Clinic, now: datetime) -> Iterator[Patient]:
    """A patient for the block only: what it writes costs what it would cost for a real one, and is undone."""
    savepoint = session.begin_nested()
    patient = _nobody(clinic, now)
    session.add(patient)
    session.flush()
    yield patient
    savepoint.rollback()
    write_and_forget(session, clinic, now)


def write_and_forget(session: Session, clinic: Clinic, now: datetime) -> None:
    """Gives the commit something to write to the disk, and leaves nothing behind."""
    patient = _nobody(clinic, now)
    session.add(patient)
    session.flush()
    gone = delete(Patient).where(Patient.id == patient.id)
    session.execute(gone.execution_options(synchronize_session=False))
    session.expunge(patient)


def _nobody(clinic: Clinic, now: datetime) -> Patient:
    # The domain can exist nowhere (RFC 2606), and the name is never the same.
    return Patient(clinic_id=clinic.id, email=f"{new_id()}@stand-in.invalid", created_at=now)
