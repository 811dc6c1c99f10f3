"""Is a letter still true when it leaves? One that waited out an outage may tell of what has changed."""

from __future__ import annotations

from collections.abc import Callable, Set
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Invoice, Membership, MembershipEvent, OutboxEmail, PaymentAttempt, SignInCode
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.states import MembershipStatus

# Somebody waits for these before a page; they leave first.
URGENT = frozenset({"sign_in_code", "email_confirmation"})
CANCELLATION = frozenset({"cancellation_confirmed", "cancellation_undone"})


def is_still_true(session: Session, letter: OutboxEmail, wall_now: datetime) -> bool:
    """True when the patient should still get this letter. Receipts and news of cards are always true."""
    cause = _id_in(letter.cause)
    check = _CHECKS.get(letter.kind)
    if check is None or cause is None:
        return True
    return check(session, letter, cause, wall_now)


def _id_in(cause: str) -> UUID | None:
    try:
        return UUID(cause)
    except ValueError:
        return None


def _is_code_usable(session: Session, letter: OutboxEmail, code_id: UUID, wall_now: datetime) -> bool:
    code = session.scalar(select(SignInCode).where(SignInCode.clinic_id == letter.clinic_id, SignInCode.id == code_id))
    return code is not None and code.used_at is None and code.expires_at > wall_now


def _is_still_unpaid(session: Session, letter: OutboxEmail, attempt_id: UUID, _wall_now: datetime) -> bool:
    """An open invoice, a running membership, and no later attempt: that one has a letter of its own."""
    row = session.execute(
        select(PaymentAttempt.number, Invoice.id, Invoice.status, Membership.status)
        .join(Invoice, Invoice.id == PaymentAttempt.invoice_id)
        .join(Membership, Membership.id == PaymentAttempt.membership_id)
        .where(PaymentAttempt.clinic_id == letter.clinic_id, PaymentAttempt.id == attempt_id)
    ).one_or_none()
    if row is None:
        return False
    number, invoice_id, invoice_status, membership_status = row
    if invoice_status != InvoiceStatus.OPEN or membership_status == MembershipStatus.ENDED:
        return False
    later = session.scalars(
        select(PaymentAttempt.id).where(
            PaymentAttempt.clinic_id == letter.clinic_id,
            PaymentAttempt.invoice_id == invoice_id,
            PaymentAttempt.number > number,
        )
    )
    return not _has_letter(session, letter, {letter.kind}, list(later))


def _is_latest_word(session: Session, letter: OutboxEmail, event_id: UUID, _wall_now: datetime) -> bool:
    """No later event of the membership has a letter that says otherwise."""
    event = session.scalar(
        select(MembershipEvent).where(MembershipEvent.clinic_id == letter.clinic_id, MembershipEvent.id == event_id)
    )
    if event is None:
        return True
    later = session.scalars(
        select(MembershipEvent.id).where(
            MembershipEvent.clinic_id == letter.clinic_id,
            MembershipEvent.membership_id == event.membership_id,
            MembershipEvent.id > event.id,
        )
    )
    return not _has_letter(session, letter, CANCELLATION, list(later))


def _has_letter(session: Session, letter: OutboxEmail, kinds: Set[str], causes: list[UUID]) -> bool:
    if not causes:
        return False
    found = select(OutboxEmail.id).where(
        OutboxEmail.clinic_id == letter.clinic_id,
        OutboxEmail.kind.in_(kinds),
        OutboxEmail.cause.in_([str(cause) for cause in causes]),
    )
    return session.scalar(found.limit(1)) is not None


_CHECKS: dict[str, Callable[[Session, OutboxEmail, UUID, datetime], bool]] = {
    "sign_in_code": _is_code_usable,
    "email_confirmation": _is_code_usable,
    "declined": _is_still_unpaid,
    "cancellation_confirmed": _is_latest_word,
    "cancellation_undone": _is_latest_word,
}
