"""Letters that carry a six-digit code: to sign in, and to confirm an e-mail address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.letters_env import portal_url
from portal.models import Patient
from portal.services.letters import facts, outbox

MINUTES_VALID = 10


def sign_in_code(session: Session, patient: Patient, code: str, cause: str, now: datetime) -> None:
    """Queues a sign-in code; once a cause.

    `cause` is the id of the SignInCode as text: by it the sender sees whether the code is still usable. The
    code is never in the subject, which locked screens show, and is erased here once the letter has left.
    """
    _queue(session, patient, "sign_in_code", code, "sign-in/code", cause, now)


def email_confirmation(session: Session, patient: Patient, code: str, cause: str, now: datetime) -> None:
    """Queues the code that confirms a new account's address; `cause` as for sign_in_code()."""
    _queue(session, patient, "email_confirmation", code, "sign-up/confirm", cause, now)


def _queue(session: Session, patient: Patient, kind: str, code: str, page: str, cause: str, now: datetime) -> None:
    clinic = facts.clinic_of(session, patient.clinic_id)
    outbox.queue(
        session,
        clinic,
        patient,
        kind,
        cause,
        now,
        code=code,
        minutes=MINUTES_VALID,
        page_url=portal_url(clinic, page),
    )
