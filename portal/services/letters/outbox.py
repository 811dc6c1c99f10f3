"""The outbox: letters queued with the change they tell of, then sent over one connection, each once."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock, db, letters_env
from portal.gateways import mailer
from portal.models import Clinic, OutboxEmail, Patient
from portal.models.letters.outbox import AttachmentKind
from portal.services.letters import attachments
from portal.services.letters.still_true import URGENT, is_still_true

log = structlog.get_logger()

# Longer than the slowest exchange with a mail server whose every answer takes the mailer's ten seconds.
LEASE = timedelta(seconds=180)
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
# A letter that a reachable server puts off is tried for about five days (RFC 5321, 4.5.4.1).
MOST_DELAYS = 120
BEHIND_THE_OTHERS = timedelta(seconds=30)
NO_LONGER_TRUE = "no longer true"


def queue(
    session: Session,
    clinic: Clinic,
    patient: Patient,
    kind: str,
    cause: str,
    now: datetime,
    attached: tuple[AttachmentKind, UUID] | None = None,
    **facts: Any,
) -> OutboxEmail | None:
    """Adds the letter `kind` about `cause` to this transaction, rendered; None when it was queued before.

    A second call changes nothing; of two transactions that queue it at once, the first to commit wins.
    """
    if _is_queued(session, clinic, kind, cause):
        return None
    rendered = letters_env.render(kind, clinic, patient=patient, **facts)
    attachment_kind, attachment_id = attached or (None, None)
    letter = OutboxEmail(
        clinic_id=clinic.id,
        patient_id=patient.id,
        kind=kind,
        cause=cause,
        to_address=patient.email,
        from_name=clinic.name,
        reply_to=clinic.email,
        subject=rendered.subject,
        text_body=rendered.text,
        html_body=rendered.html,
        attachment_kind=attachment_kind,
        attachment_id=attachment_id,
        message_id=message_id(clinic.id, kind, cause),
        queued_at=now,
        # Sending lives on wall time, like every lease: the sandbox clock must not hold letters back.
        next_try_at=clock.wall_now(),
    )
    try:
        with session.begin_nested():
            session.add(letter)
    except IntegrityError:
        if _is_queued(session, clinic, kind, cause):
            return None
        raise
    return letter


def message_id(clinic_id: UUID, kind: str, cause: str) -> str:
    """The letter's Message-ID: the same for every try, on every process, so that a double is known as one."""
    digest = hashlib.sha256(f"{clinic_id}:{kind}:{cause}".encode()).hexdigest()
    return f"<{kind}.{digest[:32]}@{letters_env.sender_domain()}>"


def send_pending(limit: int = 500) -> Counter[str]:
    """Sends up to `limit` waiting letters, each in short transactions; any number of processes may run it.

    Answers counts of sent, delayed, refused, stale and away. A crash between the server's "taken" and our
    note of it is the one way to a double, which then has the same Message-ID. While the server is away
    letters stay, and are tried again after 1, 2, 5, 15 and then every 60 minutes.
    """
    counts: Counter[str] = Counter()
    waiting = _waiting(limit)
    if not waiting:
        return counts
    try:
        with mailer.connected() as line:
            for letter_id in waiting:
                _send_one(line, letter_id, counts)
    except mailer.MailAway as away:
        counts["away"] += 1
        _put_off(waiting, str(away))
        log.warning("mail is away", reason=str(away))
    return counts


def _waiting(limit: int) -> list[UUID]:
    now = clock.wall_now()
    urgent_first = case((OutboxEmail.kind.in_(URGENT), 0), else_=1)
    with db.reading() as session:
        found = session.scalars(
            select(OutboxEmail.id)
            .where(*_is_due(now))
            .order_by(urgent_first, OutboxEmail.next_try_at, OutboxEmail.id)
            .limit(limit)
        )
        return list(found)


def _is_due(now: datetime) -> tuple[Any, ...]:
    return (
        OutboxEmail.sent_at.is_(None),
        OutboxEmail.given_up_at.is_(None),
        OutboxEmail.next_try_at <= now,
        or_(OutboxEmail.claimed_until.is_(None), OutboxEmail.claimed_until < now),
    )


def _send_one(line: mailer.Line, letter_id: UUID, counts: Counter[str]) -> None:
    letter = _claim(letter_id, counts)
    if letter is None:
        return
    try:
        line.send(_ready_to_leave(letter))
    except mailer.MailAway as away:
        # It may be this letter that breaks the line: next time the others go first.
        _delay(letter, str(away), BEHIND_THE_OTHERS)
        raise
    except mailer.LetterRefused as refusal:
        counts["refused"] += 1
        log.warning("a letter is refused", letter=str(letter.id), kind=letter.kind, reason=str(refusal))
        _give_up(letter, str(refusal))
    except mailer.LetterDelayed as delay:
        counts["delayed"] += 1
        _delay(letter, str(delay))
    except Exception as error:  # one broken letter never stops the others
        counts["delayed"] += 1
        log.exception("a letter cannot be sent", letter=str(letter.id), kind=letter.kind)
        _delay(letter, type(error).__name__)
    else:
        counts["sent"] += 1
        _settle(letter, sent_at=clock.now(), last_error=None)


def _claim(letter_id: UUID, counts: Counter[str]) -> OutboxEmail | None:
    """The letter, ours until the lease runs out; None when another process has it or it is stale."""
    now = clock.wall_now()
    with db.begin() as session:
        claimed = session.execute(
            update(OutboxEmail)
            .where(OutboxEmail.id == letter_id, *_is_due(now))
            .values(claimed_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]
            return None
        letter = session.get_one(OutboxEmail, letter_id)
        is_true = is_still_true(session, letter, now)
    if not is_true:
        counts["stale"] += 1
        _give_up(letter, NO_LONGER_TRUE)
        return None
    return letter


def _ready_to_leave(letter: OutboxEmail) -> mailer.Letter:
    with db.reading() as session:
        attached = attachments.of_letter(session, letter)
    return mailer.Letter(
        to_address=letter.to_address,
        from_name=letter.from_name,
        reply_to=letter.reply_to,
        subject=letter.subject,
        text=letter.text_body,
        html=letter.html_body,
        message_id=letter.message_id,
        attachments=attached,
    )


def _give_up(letter: OutboxEmail, reason: str) -> None:
    _settle(letter, given_up_at=clock.now(), last_error=reason)


def _delay(letter: OutboxEmail, reason: str, more: timedelta = timedelta()) -> None:
    if letter.tries + 1 >= MOST_DELAYS:
        _give_up(letter, reason)
        return
    _settle(letter, next_try_at=clock.wall_now() + _pause(letter.tries) + more, last_error=reason)


def _put_off(letter_ids: list[UUID], reason: str) -> None:
    """The letters that did not leave in this run wait, but for those that another process has claimed."""
    now = clock.wall_now()
    with db.begin() as session:
        for step, pause in enumerate(BACKOFF):
            is_last = step == len(BACKOFF) - 1
            session.execute(
                update(OutboxEmail)
                .where(
                    OutboxEmail.id.in_(letter_ids),
                    OutboxEmail.tries >= step if is_last else OutboxEmail.tries == step,
                    *_is_due(now),
                )
                # An outage counts no more tries than it has steps: it alone never makes a letter given up.
                .values(next_try_at=now + pause, tries=step + 1, last_error=reason)
                .execution_options(synchronize_session=False)
            )


def _pause(tries: int) -> timedelta:
    return BACKOFF[min(tries, len(BACKOFF) - 1)]


def _settle(letter: OutboxEmail, **outcome: object) -> None:
    is_over = outcome.keys() & {"sent_at", "given_up_at"}
    if is_over and letter.kind in URGENT:
        # They hold a code that is kept nowhere else in the clear.
        outcome |= {"text_body": "", "html_body": ""}
    with db.begin() as session:
        session.execute(
            update(OutboxEmail)
            .where(OutboxEmail.id == letter.id, OutboxEmail.sent_at.is_(None))
            .values(claimed_until=None, tries=OutboxEmail.tries + 1, **outcome)
            .execution_options(synchronize_session=False)
        )


def _is_queued(session: Session, clinic: Clinic, kind: str, cause: str) -> bool:
    found = select(OutboxEmail.id).where(
        OutboxEmail.clinic_id == clinic.id, OutboxEmail.kind == kind, OutboxEmail.cause == cause
    )
    return session.scalar(found) is not None
