"""What a decline means: of a first payment, of a draw, or of a payment that waits for the patient's confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.gateways.stripe_answers import Intent
from portal.models import Invoice, Membership, PaymentAttempt
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.models.membership.membership import EndReason
from portal.rules import dunning
from portal.rules.calendar import local_date
from portal.rules.dunning import Verdict
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import cancellation_fee, invoices
from portal.services.billing.attempts import CANCELED, OPEN
from portal.services.clinic import coupons
from portal.services.letters import membership_letters, payment_letters
from portal.services.membership import memberships

NEVER_ARRIVED = "never_arrived"
NO_CARD = "no_card"


def is_for_patient(attempt: PaymentAttempt, intent: Intent) -> bool:
    """True when the bank wants the patient to confirm an off-session draw."""
    asked = dunning.verdict(intent.code, intent.decline_code, intent.advice_code)
    return attempt.mode == AttemptMode.OFF_SESSION and asked is Verdict.CONFIRM


def accept(
    session: Session, attempt: PaymentAttempt, intent: Intent | None, now: datetime, actor: str, code: str = ""
) -> None:
    """The bank said no, or the attempt was given up. Twice is once; a success is never undone."""
    verdict = dunning.verdict(intent.code, intent.decline_code, intent.advice_code) if intent else Verdict.NEW_CARD
    values: dict[str, object] = {
        "status": AttemptStatus.DECLINED,
        "finished_at": now,
        "claimed_until": None,
        "code": code or (intent.code if intent else None),
        "decline_code": intent.decline_code if intent else None,
    }
    if intent:
        values["intent_id"] = intent.id
    if _moved(session, attempt, values):
        _tell(session, attempt, verdict, now, actor)


def wait_for_patient(session: Session, attempt: PaymentAttempt, intent: Intent, now: datetime, actor: str) -> None:
    """The draw stays open for the patient to confirm; nothing else asks until the next dunning day. Twice is once.

    A cancelled or ended membership has no page to confirm it at: there it is declined.
    """
    if attempt.status == AttemptStatus.NEEDS_PATIENT:
        return
    membership = memberships.locked(session, attempt.clinic_id, attempt.membership_id)
    if membership.ends_on is not None or membership.status == MembershipStatus.ENDED:
        accept(session, attempt, intent, now, actor)
        return
    values: dict[str, object] = {
        "status": AttemptStatus.NEEDS_PATIENT,
        "intent_id": intent.id,
        "claimed_until": None,
        "code": intent.code,
        "decline_code": intent.decline_code,
    }
    if _moved(session, attempt, values):
        _tell(session, attempt, Verdict.CONFIRM, now, actor)


def _moved(session: Session, attempt: PaymentAttempt, values: dict[str, object]) -> bool:
    moved = session.execute(
        update(PaymentAttempt).where(PaymentAttempt.id == attempt.id, PaymentAttempt.status.in_(OPEN)).values(**values)
    )
    session.refresh(attempt)
    return bool(moved.rowcount == 1)  # type: ignore[attr-defined]


def _tell(session: Session, attempt: PaymentAttempt, verdict: Verdict, now: datetime, actor: str) -> None:
    membership = memberships.locked(session, attempt.clinic_id, attempt.membership_id)
    invoice = session.get_one(Invoice, attempt.invoice_id, populate_existing=True)
    if membership.status == MembershipStatus.PENDING:
        redemption = coupons.active_redemption(session, membership.clinic_id, membership.id)
        if redemption:
            coupons.release(session, redemption, now)
        return
    is_draw = invoice.kind == InvoiceKind.PERIOD and invoice.status == InvoiceStatus.OPEN
    if is_draw and membership.ends_on is not None:
        _end_cancelled(session, membership, invoice, now, actor)
        return
    if attempt.mode == AttemptMode.ON_SESSION or not is_draw:
        return
    clinic = memberships.clinic_of(session, membership)
    today = local_date(now, clinic.time_zone)
    policy = clinic.programme.dunning_policy
    if _is_given_up(membership, attempt):
        if invoice.first_declined_on is not None and invoice.next_attempt_on is None:
            # Its patient took this dunning attempt's place at the page: if they leave, the days after it still come.
            invoice.next_attempt_on = dunning.next_attempt_on(policy, invoice.first_declined_on, today)
        return
    invoice.first_declined_on = invoice.first_declined_on or today
    invoice.gives_up_on = dunning.gives_up_on(policy, invoice.first_declined_on)
    invoice.next_attempt_on = dunning.next_attempt_on(policy, invoice.first_declined_on, today, verdict)
    facts: dict[str, Any] = {
        "invoice": str(invoice.id),
        "attempt": attempt.number,
        "code": attempt.decline_code or attempt.code,
    }
    if membership.status == MembershipStatus.ACTIVE:
        memberships.move(session, membership, MembershipStatus.PAST_DUE, "declined", now, actor, **facts)
    else:
        memberships.record(session, membership, "declined", now, actor, **facts)
    payment_letters.declined(session, membership, invoice, attempt, verdict, invoice.next_attempt_on, now)


def _is_given_up(membership: Membership, attempt: PaymentAttempt) -> bool:
    """Given up by us: it says nothing of the card. A first attempt that others cancel at Stripe is a decline."""
    is_ours = membership.status == MembershipStatus.PAST_DUE and attempt.code == CANCELED
    return is_ours or attempt.code == NEVER_ARRIVED


def _end_cancelled(session: Session, membership: Membership, invoice: Invoice, now: datetime, actor: str) -> None:
    """Cancelled while this draw was on its way, and it was declined: nothing is paid ahead, so it ends today."""
    today = local_date(now, memberships.clinic_of(session, membership).time_zone)
    invoices.close_unpaid(session, membership, invoice, InvoiceStatus.WRITTEN_OFF)
    membership.ends_on = today
    memberships.end(session, membership, today, EndReason.PATIENT, now, actor)
    membership_letters.ended(session, membership, now)
    cancellation_fee.ask(session, membership, today, now)
