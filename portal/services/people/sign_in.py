"""Signs patients in, by password or by a mailed code; an account that does not exist takes as long.

`now` is business time, for letters and the patient's row; `wall_now` is the real time of codes and limits.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal import db
from portal.db import new_id
from portal.models import Clinic, Patient, SignInCode
from portal.models.people.sign_in import CodePurpose
from portal.services.letters import people_letters
from portal.services.people import codes, passwords, patients
from portal.services.people.stand_in import stand_in, write_and_forget


def by_password(clinic: Clinic, email: str, password: str, wall_now: datetime) -> UUID | None:
    """The id of the patient whose password it is; None for a wrong one, no such account, or a locked one.

    Opens its own transactions, as hashing must not hold one open: none may be open around it. A guess counts
    when it is settled, so of many at the same moment no more than ten get through to an account in an hour.
    """
    with db.reading() as session:
        patient = patients.by_email(session, clinic, email)
    is_known = patient is not None and patient.disabled_at is None and patient.email_confirmed_at is not None
    password_hash = patient.password_hash if patient is not None and is_known else None
    is_right = passwords.is_right(password_hash, password)
    with db.begin() as session:
        current = patients.mine_or_none(session, clinic, patient.id) if patient is not None else None
        if current is None:
            write_and_forget(session, clinic, wall_now)
        elif not is_right:
            if not patients.count_wrong_guess(session, current, wall_now):
                write_and_forget(session, clinic, wall_now)
        elif current.password_hash == password_hash and not patients.is_locked(current, wall_now):
            return current.id
        else:
            write_and_forget(session, clinic, wall_now)
    return None


def send_code(session: Session, clinic: Clinic, email: str, key: str, now: datetime, wall_now: datetime) -> UUID:
    """Mails a code to the patient with this address and answers the code's id, for the browser that asked.

    Where there is nobody to mail to, or too many codes were mailed, the answer looks and takes the same.
    """
    patient = patients.by_email(session, clinic, email)
    if patient is None or not codes.may_be_issued(session, patient, wall_now):
        with stand_in(session, clinic, wall_now) as nobody:
            mail_code(session, nobody, CodePurpose.SIGN_IN, key, now, wall_now)
        return new_id()
    return mail_code(session, patient, CodePurpose.SIGN_IN, key, now, wall_now)


def send_again(session: Session, clinic: Clinic, code_id: UUID, key: str, now: datetime, wall_now: datetime) -> UUID:
    """Replaces the code of this browser by a new one of the same kind, and answers its id.

    Only the browser that asked last may: who signed up later with the same address chose another password.
    """
    row = codes.by_id(session, clinic, code_id)
    patient = patients.mine_or_none(session, clinic, row.patient_id) if row is not None else None
    if row is None or patient is None:
        with stand_in(session, clinic, wall_now) as nobody:
            mail_code(session, nobody, CodePurpose.SIGN_IN, key, now, wall_now)
        return code_id
    if not codes.is_newest(session, row) or not codes.may_be_issued(session, patient, wall_now):
        return code_id
    return mail_code(session, patient, row.purpose, key, now, wall_now)


def by_code(
    session: Session, clinic: Clinic, code_id: UUID, typed: str, key: str, now: datetime, wall_now: datetime
) -> Patient | None:
    """The patient whose code it is, their address confirmed by it; None for a wrong or worn out one.

    `code_id` comes from the browser that asked for the code, so nobody else can use up its five tries. The
    caller commits in either case: a wrong try counts.
    """
    row = codes.by_id(session, clinic, code_id)
    patient = patients.mine_or_none(session, clinic, row.patient_id) if row is not None else None
    if row is None or patient is None or not codes.is_alive(session, row, patient, wall_now):
        write_and_forget(session, clinic, wall_now)
        return None
    if not codes.is_right(row, typed, key):
        codes.count_wrong_try(session, row)
        return None
    if not codes.use(session, row, wall_now):
        return None
    _confirm(patient, row, now)
    session.flush()
    return patient


def mail_code(
    session: Session, patient: Patient, purpose: CodePurpose, key: str, now: datetime, wall_now: datetime
) -> UUID:
    """Makes a code, queues its letter, answers the code's id. Callers check first that one may be issued."""
    row, digits = codes.issue(session, patient, purpose, key, wall_now)
    if purpose is CodePurpose.CONFIRM_EMAIL:
        people_letters.email_confirmation(session, patient, digits, str(row.id), now)
    else:
        people_letters.sign_in_code(session, patient, digits, str(row.id), now)
    return row.id


def _confirm(patient: Patient, row: SignInCode, now: datetime) -> None:
    if patient.email_confirmed_at is not None:
        return
    if row.purpose is CodePurpose.SIGN_IN:
        # The password is from whoever typed this address at sign-up; the mailbox's owner sets their own.
        patient.password_hash = None
    patient.email_confirmed_at = now
