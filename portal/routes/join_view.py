"""What the wizard's pages show: the summary beside each step, the plans, the cards on file, what was begun."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from portal.models import Card, Clinic, Enrollment, Invoice, Membership, PaymentAttempt, Plan, Receipt, SignedAgreement
from portal.models.billing.invoice import InvoiceKind
from portal.routes.access import current_clinic, current_patient, db_session
from portal.routes.filters import cents
from portal.routes.join_words import changes, commitment, draws, line_words, span
from portal.rules.calendar import Frequency
from portal.rules.invoices import coming_charges
from portal.services.billing import attempts, invoices, receipts
from portal.services.clinic import coupons, plans
from portal.services.membership import quote
from portal.services.membership.quote import Quote


class Summary(NamedTuple):
    """What stands beside each step: lines as (text, cents), what is drawn next, and notes as (icon, text)."""

    lines: list[tuple[str, int]]
    today_cents: int | None
    then: list[str]
    notes: list[tuple[str, str]]


class Beginning(NamedTuple):
    """What the last page tells: the membership, its first invoice and receipt, and the next draw's cents."""

    membership: Membership
    receipt: Receipt | None
    next_draw_cents: int | None


class Offer(NamedTuple):
    """A plan as a card: prices as (cents, frequency), monthly first; what it asks beside the fee, in sentences."""

    plan: Plan
    prices: list[tuple[int, Frequency]]
    terms: list[str]

    @property
    def has_choice(self) -> bool:
        """Whether the patient says how often to pay."""
        return len(self.prices) > 1


def summary(current: Quote | None) -> Summary:
    """The summary of a price; an empty one while no plan is chosen."""
    card = ("shield-check", "Card details stay with Stripe.")
    if current is None:
        return Summary([], None, [], [card])
    lines = [(line_words(line, current.plan.name), line.cents) for line in current.charge.lines]
    notes = [("circle-check", f"Today’s payment covers {span(current.charge)}.")]
    if current.plan.commitment_months:
        notes.append(("file-text", commitment(current.plan, current.terms.currency)))
    return Summary(lines, current.charge.total_cents, draws(current), [*notes, card])


def offers(clinic: Clinic, today: date) -> list[Offer]:
    """The plans that may be chosen today, as cards."""
    return [_offer(plan, clinic, today) for plan in plans.offered(db_session(), clinic, today)]


def choice(
    plan: Plan | None, frequency: Frequency, draw_day: int | None, code: str | None, today: date
) -> Quote | None:
    """The price of a choice on the plan's page, before it is noted; None for what is not sold."""
    price = plan.price(frequency, today) if plan else None
    if plan is None or price is None:
        return None
    session, clinic = db_session(), current_clinic()
    answer = coupons.answer(session, current_patient(), plan, code, today) if code else coupons.Answer(None, None)
    return quote.of_choice(session, clinic, plan, price, draw_day, answer, today)


def beginning(membership: Membership) -> Beginning:
    """What a membership began with, and what is drawn next."""
    session = db_session()
    first = session.scalars(
        select(Invoice)
        .where(
            Invoice.clinic_id == membership.clinic_id,
            Invoice.membership_id == membership.id,
            Invoice.kind == InvoiceKind.PERIOD,
        )
        .order_by(Invoice.id)
        .limit(1)
    ).one()
    receipt = receipts.of_invoice(session, first)
    if membership.next_draw_on is None:
        return Beginning(membership, receipt, None)
    discount, code = invoices.running_discount(session, membership)
    following = coming_charges(membership.terms, membership.next_draw_on, discount, code, 1)
    return Beginning(membership, receipt, following[0].total_cents)


def changes_since_signing(enrollment: Enrollment, current: Quote) -> list[str]:
    """What is different from what the patient signed last; empty where nothing was signed or nothing changed."""
    signed = db_session().scalar(
        select(SignedAgreement.disclosure)
        .where(SignedAgreement.clinic_id == enrollment.clinic_id, SignedAgreement.enrollment_id == enrollment.id)
        .order_by(SignedAgreement.id.desc())
        .limit(1)
    )
    return changes(signed, current) if signed else []


def has_open_attempt(enrollment: Enrollment) -> bool:
    """Whether a payment was begun whose end is not known yet."""
    if enrollment.membership_id is None:
        return False
    query = select(PaymentAttempt.id).where(
        PaymentAttempt.clinic_id == enrollment.clinic_id,
        PaymentAttempt.membership_id == enrollment.membership_id,
        PaymentAttempt.status.in_(attempts.OPEN),
    )
    return db_session().scalar(query.limit(1)) is not None


def card_words(card: Card) -> tuple[str, str, str]:
    """A card on file as a choice: its id, its name, until when it is valid."""
    return str(card.id), f"{card.brand.title()} ending in {card.last4}", f"Expires {card.exp_month:02d}/{card.exp_year}"


def _offer(plan: Plan, clinic: Clinic, today: date) -> Offer:
    prices = [(price.fee_cents, each) for each in Frequency if (price := plan.price(each, today))]
    setup = [f"One-time set-up fee of {cents(plan.setup_fee_cents, clinic.currency)}."]
    terms = setup if plan.setup_fee_cents else []
    return Offer(plan, prices, [*terms, commitment(plan, clinic.currency)])
