"""Six-digit codes sent by mail: ten minutes, five tries, one use, only the newest; kept as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from portal.db import new_id
from portal.models import Clinic, Patient, SignInCode
from portal.models.people.sign_in import CodePurpose

LIFE = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES_AN_HOUR = 10
MOST_WRONG_TRIES_AN_HOUR = 10
HOUR = timedelta(hours=1)


class Issued(NamedTuple):
    """A new code: the row that knows its hash, and the digits that only the letter shows."""

    row: SignInCode
    digits: str


def issue(session: Session, patient: Patient, purpose: CodePurpose, key: str, wall_now: datetime) -> Issued:
    """Makes a code. From now on the patient's earlier codes, of either purpose, are worth nothing."""
    row_id, digits = new_id(), f"{secrets.randbelow(1_000_000):06}"
    row = SignInCode(
        id=row_id,
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        purpose=purpose,
        code_hash=_hashed(row_id, digits, key),
        created_at=wall_now,
        expires_at=wall_now + LIFE,
    )
    session.add(row)
    session.flush()
    return Issued(row, digits)


def may_be_issued(session: Session, patient: Patient, wall_now: datetime) -> bool:
    """Whether this account may be sent another code: not while it is disabled, and ten an hour at most."""
    count = select(func.count()).where(SignInCode.patient_id == patient.id, SignInCode.created_at > wall_now - HOUR)
    return patient.disabled_at is None and (session.scalar(count) or 0) < MOST_CODES_AN_HOUR


def by_id(session: Session, clinic: Clinic, code_id: UUID) -> SignInCode | None:
    """A code's row at this clinic, or None."""
    return session.scalars(
        select(SignInCode).where(SignInCode.id == code_id, SignInCode.clinic_id == clinic.id)
    ).one_or_none()


def is_newest(session: Session, row: SignInCode) -> bool:
    """Whether no later code was made for the patient."""
    newest = (
        select(SignInCode.id)
        .where(SignInCode.patient_id == row.patient_id)
        .order_by(SignInCode.created_at.desc(), SignInCode.id.desc())
        .limit(1)
    )
    return session.scalar(newest) == row.id


def is_alive(session: Session, row: SignInCode, patient: Patient, wall_now: datetime) -> bool:
    """Whether typing this code may still count.

    Wrong tries are limited by the account too, however many codes are asked for: no hour sees more than ten.
    """
    if patient.disabled_at is not None or row.used_at is not None or row.expires_at <= wall_now:
        return False
    # A code lives ten minutes, so a try within the last hour was at a code made within the hour and these.
    tries = select(func.sum(SignInCode.tries)).where(
        SignInCode.patient_id == row.patient_id, SignInCode.created_at > wall_now - HOUR - LIFE
    )
    is_under_limit = (session.scalar(tries) or 0) < MOST_WRONG_TRIES_AN_HOUR
    return row.tries < MOST_TRIES and is_under_limit and is_newest(session, row)


def is_right(row: SignInCode, typed: str, key: str) -> bool:
    """Whether these are the digits; spaces and dashes between them do not matter."""
    digits = "".join(character for character in typed if character not in " -\N{NO-BREAK SPACE}\t")
    return hmac.compare_digest(row.code_hash, _hashed(row.id, digits, key))


def use(session: Session, row: SignInCode, wall_now: datetime) -> bool:
    """Uses the code up. False where it was used, or tried too often, at the same moment."""
    return _changed(
        session,
        update(SignInCode)
        .where(SignInCode.id == row.id, SignInCode.used_at.is_(None), SignInCode.tries < MOST_TRIES)
        .values(used_at=wall_now),
    )


def count_wrong_try(session: Session, row: SignInCode) -> bool:
    """Counts a wrong try at the code; the fifth is the last."""
    return _changed(
        session,
        update(SignInCode)
        .where(SignInCode.id == row.id, SignInCode.tries < MOST_TRIES)
        .values(tries=SignInCode.tries + 1),
    )


def _changed(session: Session, statement: Update) -> bool:
    answering = statement.returning(SignInCode.id).execution_options(synchronize_session="fetch")
    return session.execute(answering).one_or_none() is not None


def _hashed(row_id: UUID, digits: str, key: str) -> str:
    # Six digits are soon tried out against a plain hash: without the key a stolen table is worth nothing.
    return hmac.new(key.encode(), f"sign-in code:{row_id}:{digits}".encode(), hashlib.sha256).hexdigest()
