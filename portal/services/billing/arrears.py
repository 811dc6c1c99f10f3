"""Arrears: what a past-due membership owes today, paid by its patient at the page with the same or another card."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db
from portal.models import Invoice, Membership, Patient, PaymentAttempt
from portal.models.billing.invoice import InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.rules.calendar import Period, local_date, period_from
from portal.rules.invoices import Charge, period_charge
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import attempts, cards, catch_up, invoices, on_session, payments, settlement
from portal.services.billing.on_session import Outcome, Paid, Waiting
from portal.services.billing.settlement import Settled
from portal.services.membership import memberships


class AmountChanged(Exception):
    """What is owed is not what the page showed; nothing was asked for."""


class Arrears(NamedTuple):
    """What is owed today, for which days, since when, and what happens by itself."""

    cents: int
    lines: list[tuple[str, int]]
    period: Period
    since_on: date | None
    next_attempt_on: date | None
    gives_up_on: date | None


def of_membership(session: Session, membership: Membership, today: date) -> Arrears | None:
    """What a past-due membership owes today; None for any other.

    Within the unpaid period it is that period's invoice. After its end the period is written off, and what is owed is a
    prorated one that starts today.
    """
    invoice = invoices.open_invoice(session, membership) if membership.status == MembershipStatus.PAST_DUE else None
    if invoice is None or invoice.period is None:
        return None
    if _is_over(invoice, today):
        charge = _fresh_charge(session, membership, invoice, today)
        lines = [(invoices.line_text(line, membership.plan_name), line.cents) for line in charge.lines]
        return Arrears(charge.total_cents, lines, charge.period, invoice.first_declined_on, None, invoice.gives_up_on)
    lines = [(line.text, line.cents) for line in invoice.lines]
    period = Period(invoice.period.starts_on, invoice.period.ends_on)
    since_on = invoice.first_declined_on
    return Arrears(invoice.cents, lines, period, since_on, invoice.next_attempt_on, invoice.gives_up_on)


def prepare(membership_id: UUID, clinic_id: UUID, card_id: UUID | None, shown_cents: int, lease: timedelta) -> Outcome:
    """Opens a payment of the arrears with the patient at the page; opens its own transactions.

    Pressing twice is one payment. While a draw is on its way nothing else is asked (Waiting); one that waits for the
    patient's confirmation is cancelled at Stripe first. Raises AmountChanged, StripeRefused, StripeUnanswered.
    """
    with db.begin() as session:
        membership = memberships.locked(session, clinic_id, membership_id)
        if membership.status != MembershipStatus.PAST_DUE:
            return Paid()
        invoice = invoices.open_invoice(session, membership)
        known = attempts.of_invoice_open(session, invoice) if invoice else None
        patient_id = membership.patient_id
        account = memberships.clinic_of(session, membership).stripe_account
    # After a restored backup what looks unpaid may be paid: as for a draw, learn first, then ask.
    if catch_up.catch_up(account) and not _is_past_due(clinic_id, membership_id):
        return Paid()
    cards.ensure_customer(patient_id)
    if known is not None:
        is_own = known.mode == AttemptMode.ON_SESSION
        if not is_own and known.status == AttemptStatus.SENT:
            return Waiting()
        outcome = on_session.resolve_open(known.id, card_id is None, is_own and known.cents == shown_cents)
        if outcome is not None:
            return outcome
    elif payments.cancel_declined(clinic_id, membership_id, "patient") == Settled.SUCCEEDED:
        return Paid()
    with db.begin() as session:
        attempt_id = _open(session, clinic_id, membership_id, card_id, shown_cents, clock.now())
        if attempt_id is None:
            return Paid()
        attempts.claim(session, attempt_id, clock.wall_now(), clock.now(), lease)
    return on_session.start(attempt_id)


def finish(membership_id: UUID, clinic_id: UUID) -> Outcome:
    """What became of the payment, by Stripe's own word; settles it. Twice is once."""
    with db.reading() as session:
        membership = session.get_one(Membership, membership_id)
        newest = session.scalar(
            select(PaymentAttempt.id)
            .where(
                PaymentAttempt.clinic_id == clinic_id,
                PaymentAttempt.membership_id == membership.id,
                PaymentAttempt.mode == AttemptMode.ON_SESSION,
            )
            .order_by(PaymentAttempt.id.desc())
            .limit(1)
        )
    return on_session.finish(newest) if newest else Waiting()


def _is_past_due(clinic_id: UUID, membership_id: UUID) -> bool:
    with db.reading() as session:
        return memberships.locked(session, clinic_id, membership_id).status == MembershipStatus.PAST_DUE


def _open(
    session: Session, clinic_id: UUID, membership_id: UUID, card_id: UUID | None, shown_cents: int, now: datetime
) -> UUID | None:
    """The attempt to ask for; None when there is nothing left to pay."""
    membership = memberships.locked(session, clinic_id, membership_id)
    clinic = memberships.clinic_of(session, membership)
    today = local_date(now, clinic.time_zone)
    invoice = invoices.open_invoice(session, membership)
    if membership.status != MembershipStatus.PAST_DUE or invoice is None:
        return None
    invoice = invoice_of_today(session, membership, invoice, today, now, "patient")
    if invoice.cents != shown_cents:
        raise AmountChanged
    if invoice.cents == 0:
        settlement.settle_without_charge(session, invoice, invoices.is_waived(invoice), now, "patient")
        return None
    patient = session.get_one(Patient, membership.patient_id)
    card = cards.mine_or_none(session, patient, card_id) if card_id else None
    if card_id and card is None:
        raise AmountChanged
    attempt = attempts.open_attempt(session, invoice, patient, clinic.stripe_account, card, AttemptMode.ON_SESSION, now)
    return attempt.id


def _is_over(invoice: Invoice, today: date) -> bool:
    # A prorated invoice made for one day is made anew on the next: it counts from the day on which it is paid.
    is_of_another_day = invoice.first_declined_on is None and invoice.opened_on < today
    return invoice.period is not None and (invoice.period.ends_on < today or is_of_another_day)


def _fresh_charge(session: Session, membership: Membership, invoice: Invoice, today: date) -> Charge:
    discount, code = invoices.discount_without(session, membership, invoice)
    return period_charge(membership.terms, period_from(membership.schedule, today), discount, code)


def invoice_of_today(
    session: Session, membership: Membership, invoice: Invoice, today: date, now: datetime, actor: str
) -> Invoice:
    """The invoice itself within its period; after that it is written off, and a prorated one starts today."""
    if not _is_over(invoice, today):
        return invoice
    charge = _fresh_charge(session, membership, invoice, today)
    next_attempt_on, gives_up_on = invoice.next_attempt_on, invoice.gives_up_on
    invoices.close_unpaid(session, membership, invoice, InvoiceStatus.WRITTEN_OFF)
    session.flush()
    memberships.record(session, membership, "written_off", now, actor, invoice=str(invoice.id))
    fresh = invoices.open_period_invoice(session, membership, charge, today, now)
    # A patient who leaves the page without paying is asked again, and given up, on the days that were set before.
    fresh.next_attempt_on, fresh.gives_up_on = next_attempt_on, gives_up_on
    return fresh
