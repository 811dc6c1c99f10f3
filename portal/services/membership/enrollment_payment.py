"""The payment that begins a membership: prepared once, confirmed by the patient, settled like every other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db
from portal.models import Card, Clinic, Enrollment, Patient, PaymentAttempt
from portal.models.billing.payment import AttemptMode
from portal.models.membership.enrollment import EnrollmentStatus
from portal.rules.calendar import local_date
from portal.services.billing import attempts, cards, invoices, on_session, payments, settlement
from portal.services.billing.on_session import Outcome, Paid, Waiting
from portal.services.billing.settlement import Settled
from portal.services.membership import enrollment as enrollments
from portal.services.membership import enrollment_setup, pending, quote, signing
from portal.services.membership.quote import Quote


class ReadAgain(Exception):
    """Price, coupon, plan or agreement are not what the patient saw and signed: it is shown again before any charge."""


@dataclass(frozen=True)
class Wanted:
    """What the patient pressed: under which disclosure, and with a saved card or a new one."""

    enrollment_id: UUID
    shown_fingerprint: str | None
    card_id: UUID | None


def prepare(wanted: Wanted, lease: timedelta) -> Outcome:
    """Opens the pending membership, its invoice and attempt, and asks Stripe; opens its own transactions.

    Pressing twice, in two tabs or on two devices makes one membership and one charge: the enrollment is locked, one
    attempt is open per invoice, and its key is on its row.
    Raises ReadAgain, NotOpen, AlreadyMember, StripeRefused, StripeUnanswered.
    """
    with db.begin() as session:
        enrollment, current = _checked(session, wanted)
        if enrollment.status == EnrollmentStatus.FINISHED:
            return Paid()
        patient_id, is_free = enrollment.patient_id, current.charge.total_cents == 0
        clinic_id, membership_id = enrollment.clinic_id, enrollment.membership_id
        membership = pending.of_enrollment(session, enrollment)
        fits = membership is not None and pending.fits(session, membership, current)
        invoice = invoices.open_invoice(session, membership) if membership else None
        known = attempts.of_invoice_open(session, invoice) if invoice else None
    cards.ensure_customer(patient_id)
    if known is not None:
        outcome = on_session.resolve_open(known.id, wanted.card_id is None, fits)
        if outcome is not None:
            return outcome
    elif membership_id and payments.cancel_declined(clinic_id, membership_id, "patient") == Settled.SUCCEEDED:
        return Paid()
    if is_free:
        return _start_free(wanted)
    with db.begin() as session:
        attempt_id = _open(session, wanted, lease)
    if attempt_id is None:
        return Waiting()
    return on_session.start(attempt_id)


def finish(enrollment_id: UUID) -> Outcome:
    """What became of the payment, by Stripe's own word; settles it. Twice is once. Raises ReadAgain, NotOpen."""
    with db.reading() as session:
        enrollment = session.get_one(Enrollment, enrollment_id)
        if enrollment.status == EnrollmentStatus.FINISHED:
            return Paid()
        attempt = _newest_attempt(session, enrollment)
        has_setup = enrollment.setup_intent_id is not None
    if attempt is not None and (attempt.status in attempts.OPEN or not has_setup):
        return on_session.finish(attempt.id)
    if has_setup:
        return _finish_setup(enrollment_id)
    raise ReadAgain


def _checked(session: Session, wanted: Wanted) -> tuple[Enrollment, Quote]:
    """The enrollment, locked, and today's quote; both as the patient saw and signed them."""
    enrollment = session.scalars(
        select(Enrollment)
        .where(Enrollment.id == wanted.enrollment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    clinic = session.get_one(Clinic, enrollment.clinic_id)
    patient = session.get_one(Patient, enrollment.patient_id)
    today = local_date(clock.now(), clinic.time_zone)
    try:
        current = quote.of_enrollment(session, clinic, patient, enrollment, today)
    except quote.NoLongerSold as error:
        raise ReadAgain from error
    if enrollment.status == EnrollmentStatus.FINISHED:
        return enrollment, current
    enrollments.require_open(enrollment)
    running = enrollments.running_membership(session, patient, current.plan.id)
    if running is not None:
        raise enrollments.AlreadyMember(running.id)
    is_signed = signing.valid_signature(session, enrollment, current) is not None
    if not is_signed or wanted.shown_fingerprint not in {None, current.fingerprint}:
        raise ReadAgain
    return enrollment, current


def _open(session: Session, wanted: Wanted, lease: timedelta) -> UUID | None:
    """The next attempt of the pending membership; None when another request has just opened one, or was paid."""
    enrollment, current = _checked(session, wanted)
    if enrollment.status == EnrollmentStatus.FINISHED:
        return None
    now = clock.now()
    try:
        membership = pending.ensure(session, enrollment, current, now)
    except pending.CouponGone as error:
        raise ReadAgain from error
    invoice = invoices.open_invoice(session, membership)
    if invoice is None:
        invoice = invoices.open_period_invoice(session, membership, current.charge, current.starts_on, now)
    if attempts.of_invoice_open(session, invoice) is not None:
        return None
    patient = session.get_one(Patient, enrollment.patient_id)
    clinic = session.get_one(Clinic, enrollment.clinic_id)
    card = _card(session, patient, wanted.card_id)
    attempt = attempts.open_attempt(session, invoice, patient, clinic.stripe_account, card, AttemptMode.ON_SESSION, now)
    attempts.claim(session, attempt.id, clock.wall_now(), now, lease)
    return attempt.id


def _newest_attempt(session: Session, enrollment: Enrollment) -> PaymentAttempt | None:
    if enrollment.membership_id is None:
        return None
    return session.scalar(
        select(PaymentAttempt)
        .where(
            PaymentAttempt.clinic_id == enrollment.clinic_id,
            PaymentAttempt.membership_id == enrollment.membership_id,
        )
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )


def _card(session: Session, patient: Patient, card_id: UUID | None) -> Card | None:
    if card_id is None:
        return None
    card = cards.mine_or_none(session, patient, card_id)
    if card is None:
        raise ReadAgain
    return card


def _start_free(wanted: Wanted) -> Outcome:
    """Nothing to charge today: a saved card is taken at once, a new one is set up first."""
    if wanted.card_id is None:
        return enrollment_setup.start(wanted.enrollment_id)
    with db.begin() as session:
        enrollment, current = _checked(session, wanted)
        if enrollment.status == EnrollmentStatus.FINISHED:
            return Paid()
        patient = session.get_one(Patient, enrollment.patient_id)
        card = _card(session, patient, wanted.card_id)
        assert card is not None
        _begin_free(session, enrollment, current, card)
    return Paid()


def _finish_setup(enrollment_id: UUID) -> Outcome:
    card_or_outcome = enrollment_setup.finish(enrollment_id)
    if not isinstance(card_or_outcome, UUID):
        return card_or_outcome
    with db.begin() as session:
        # The page's own fingerprint went with prepare(); here the signature must still cover today's price.
        enrollment, current = _checked(session, Wanted(enrollment_id, None, None))
        if enrollment.status == EnrollmentStatus.FINISHED:
            return Paid()
        if current.charge.total_cents != 0:
            raise ReadAgain
        _begin_free(session, enrollment, current, session.get_one(Card, card_or_outcome))
    return Paid()


def _begin_free(session: Session, enrollment: Enrollment, current: Quote, card: Card) -> None:
    """Begins a membership whose first charge is nothing, in the caller's transaction."""
    now = clock.now()
    membership = pending.ensure(session, enrollment, current, now)
    membership.card_id = card.id
    invoice = invoices.open_invoice(session, membership)
    if invoice is None:
        invoice = invoices.open_period_invoice(session, membership, current.charge, current.starts_on, now)
    settlement.settle_without_charge(session, invoice, current.charge.is_waived, now, "patient")
