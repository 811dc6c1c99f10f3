"""The wizard's words: what is charged when, what a coupon gives or why it does not, what has changed."""

from __future__ import annotations

import json
from itertools import groupby

from portal.models import Coupon, Plan
from portal.routes.filters import cents, day, ordinal
from portal.rules.calendar import Frequency
from portal.rules.coupons import AmountKind, Duration, Refusal
from portal.rules.invoices import Charge, Line, LineKind, Terms, coming_charges
from portal.services.billing import invoices
from portal.services.membership.quote import Quote

FORESEEN_DRAWS = 37
HOW_TO_CANCEL = (
    "Online under Memberships, at any time and without a call. "
    "Your membership then runs to the end of what you have paid for."
)
REFUSALS = {
    Refusal.UNKNOWN: "We do not know this code. Check it for typing mistakes.",
    Refusal.EXPIRED: "This coupon has expired.",
    Refusal.USED_UP: "This coupon has been used up: others were quicker.",
    Refusal.WRONG_PLAN: "This coupon is not for this plan.",
    Refusal.ALREADY_USED: "You have already used this coupon, and it works once for each patient.",
    Refusal.SWITCHED_OFF: "The clinic has switched this coupon off.",
    Refusal.NOT_YET: "This coupon is not valid yet.",
}


def line_words(line: Line, plan_name: str) -> str:
    """A line of the summary; its days stand below the total."""
    match line.kind:
        case LineKind.FEE:
            return f"{plan_name} membership"
        case LineKind.PRORATION:
            return f"{plan_name} membership, {line.days} of {line.of_days} days"
        case _:
            return invoices.line_text(line, plan_name)


def span(charge: Charge) -> str:
    """The days that a charge pays for, both ends included."""
    first, last = charge.period.starts_on, charge.period.ends_on
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def draws(current: Quote) -> list[str]:
    """What is drawn after today, from the next draw until the price stays the same for good."""
    terms, code = current.terms, current.coupon.code if current.coupon else None
    foreseen = coming_charges(terms, current.next_draw_on, current.charge.discount_after, code, FORESEEN_DRAWS)
    groups = [list(same) for _, same in groupby(foreseen, key=lambda draw: draw.total_cents)]
    *passing, lasting = groups
    sentences = [_passing_draws(same, terms, code) for same in passing]
    return [*sentences, _lasting_draws(lasting[0], terms, code, is_first=not passing)]


def every(terms: Terms) -> str:
    """When the fee is drawn, as the end of a sentence."""
    if terms.schedule.frequency == Frequency.YEAR:
        return "every year"
    number = terms.schedule.draw_day
    shorter = ", or the month’s last day" if number > 28 else ""
    return f"on the {ordinal(number)} of each month{shorter}"


def commitment(plan: Plan, currency: str) -> str:
    """What leaving early costs."""
    if not plan.commitment_months:
        return "No minimum commitment."
    fee = cents(plan.cancellation_fee_cents, currency)
    return f"{plan.commitment_months} months’ minimum commitment; leaving before costs {fee}."


def coupon_worth(coupon: Coupon, currency: str) -> str:
    """What a coupon gives, in a sentence."""
    is_percent = coupon.amount_kind == AmountKind.PERCENT
    amount = f"{coupon.amount}%" if is_percent else cents(coupon.amount, currency)
    match coupon.duration:
        case Duration.FOREVER:
            length = "every charge, for as long as you are a member"
        case Duration.PERIODS:
            length = "your first full charge" if coupon.periods == 1 else f"your first {coupon.periods} full charges"
        case _:
            length = "your first full charge" if is_percent else "your first charge; what is left goes to the next"
    return f"{amount} off {length}."


def disclosure(current: Quote) -> list[tuple[str, str]]:
    """All that the patient pays and may do, as (term, text): it stands beside the button that pays."""
    plan, currency = current.plan, current.terms.currency
    fee = f"{cents(current.terms.fee_cents, currency)} {every(current.terms)}"
    told = [("Membership", f"{plan.name}: {fee}, until you cancel.")]
    if plan.setup_fee_cents:
        told.append(("Set-up fee", f"{cents(plan.setup_fee_cents, currency)}, once, with today’s payment."))
    told.append(("Charged today", f"{cents(current.charge.total_cents, currency)}, for {span(current.charge)}."))
    told.append(("After that", " ".join(draws(current))))
    if current.coupon:
        told.append((f"Coupon {current.coupon.code}", coupon_worth(current.coupon, currency)))
    told.append(("Commitment", commitment(plan, currency)))
    told.append(("How to cancel", HOW_TO_CANCEL))
    return told


def changes(signed: str, current: Quote) -> list[str]:
    """What is different from a signed disclosure, in sentences; empty where nothing is."""
    before, now = json.loads(signed), json.loads(current.disclosure)
    currency = current.terms.currency
    worded = {
        "plan": lambda told: f"the plan was {told}",
        "fee_cents": lambda told: f"the fee was {cents(told, currency)}",
        "setup_fee_cents": lambda told: f"the set-up fee was {cents(told, currency)}",
        "today_cents": lambda told: f"today’s charge was {cents(told, currency)}",
        "draw_day": lambda told: f"the draw day was the {ordinal(told)}",
        "coupon": lambda told: f"the coupon was {told or 'none'}",
        "frequency": lambda told: f"it was charged every {told}",
        "agreement_version": lambda _: "the clinic has published a new text of the agreement",
        "starts_on": lambda _: "the membership begins on a later day",
    }
    found = [word(before[name]) for name, word in worded.items() if before.get(name) != now[name]]
    return [f"{sentence[0].upper()}{sentence[1:]}." for sentence in found]


def _passing_draws(same: list[Charge], terms: Terms, code: str | None) -> str:
    amount = cents(same[0].total_cents, terms.currency)
    by_coupon = f" with coupon {code}" if code else ""
    if len(same) == 1:
        return f"Then {amount} on {day(same[0].on)}{by_coupon}."
    if len(same) == 2:
        return f"Then {amount} on {day(same[0].on)} and {day(same[1].on)}{by_coupon}."
    return f"Then {amount} {every(terms)}, from {day(same[0].on)} to {day(same[-1].on)}{by_coupon}."


def _lasting_draws(draw: Charge, terms: Terms, code: str | None, is_first: bool) -> str:
    amount = cents(draw.total_cents, terms.currency)
    is_discounted = draw.total_cents != terms.fee_cents
    by_coupon = f", with coupon {code}" if is_discounted and code else ""
    if is_first:
        return f"Then {amount} {every(terms)}, next on {day(draw.on)}{by_coupon}."
    return f"From {day(draw.on)}: {amount} {every(terms)}{by_coupon}."
