"""What an enrollment costs: today's charge, the next draws, and the disclosure that is signed and paid under."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Clinic, Coupon, Enrollment, Patient, Plan, PlanPrice
from portal.rules.calendar import Frequency, Schedule
from portal.rules.coupons import Refusal
from portal.rules.invoices import Charge, Terms, coming_charges, first_charge
from portal.services.clinic import agreements, coupons

SHOWN_DRAWS = 4


@dataclass(frozen=True)
class Quote:
    """The price of an enrollment today. `fingerprint` changes with anything that the patient was told."""

    plan: Plan
    price: PlanPrice
    terms: Terms
    starts_on: date
    charge: Charge
    coming: tuple[Charge, ...]
    coupon: Coupon | None
    refusal: Refusal | None
    disclosure: str

    @property
    def fingerprint(self) -> str:
        """The disclosure's hash: the page sends it back, and the server compares, never believes."""
        return hashlib.sha256(self.disclosure.encode()).hexdigest()

    @property
    def next_draw_on(self) -> date:
        """The first draw after today's charge."""
        return self.charge.period.ends_on + timedelta(days=1)


class NoLongerSold(Exception):
    """The plan, or its price at this frequency, is not sold any more."""


def of_enrollment(session: Session, clinic: Clinic, patient: Patient, enrollment: Enrollment, today: date) -> Quote:
    """The price today. Raises NoLongerSold; a coupon that is refused meanwhile is left out and said."""
    plan, price = enrollment.plan, enrollment.plan_price
    if plan is None or price is None or plan.closed_at or not plan.shown_in_portal:
        raise NoLongerSold
    current = plan.price(price.frequency, today)
    if current is None:
        raise NoLongerSold
    answer = _coupon(session, patient, plan, enrollment, today)
    return of_choice(session, clinic, plan, current, enrollment.draw_day, answer, today)


def of_choice(
    session: Session,
    clinic: Clinic,
    plan: Plan,
    price: PlanPrice,
    draw_day: int | None,
    answer: coupons.Answer,
    today: date,
) -> Quote:
    """The price of a choice that is not noted yet, for the page on which it is made."""
    coupon = answer.coupon
    terms = Terms(
        fee_cents=price.fee_cents,
        setup_fee_cents=plan.setup_fee_cents,
        currency=clinic.currency,
        schedule=_schedule(price.frequency, draw_day, today),
    )
    discount = coupon.discount() if coupon else None
    charge = first_charge(terms, today, discount, coupon.code if coupon else None)
    next_on = charge.period.ends_on + timedelta(days=1)
    coming = coming_charges(terms, next_on, charge.discount_after, coupon.code if coupon else None, SHOWN_DRAWS)
    version = agreements.newest(session, plan)
    disclosure = _disclosure(plan, price, terms, charge, coming, coupon, str(version.id))
    return Quote(plan, price, terms, today, charge, coming, coupon, answer.refusal, disclosure)


def _schedule(frequency: Frequency, draw_day: int | None, today: date) -> Schedule:
    day = draw_day if draw_day and frequency == Frequency.MONTH else today.day
    return Schedule(frequency=frequency, draw_day=day, anchor_on=today)


def _coupon(session: Session, patient: Patient, plan: Plan, enrollment: Enrollment, today: date) -> coupons.Answer:
    if enrollment.coupon is None:
        return coupons.Answer(None, None)
    return coupons.answer(session, patient, plan, enrollment.coupon.code, today, enrollment.membership_id)


def _disclosure(
    plan: Plan,
    price: PlanPrice,
    terms: Terms,
    charge: Charge,
    coming: tuple[Charge, ...],
    coupon: Coupon | None,
    version_id: str,
) -> str:
    told: dict[str, Any] = {
        "agreement_version": version_id,
        "plan": plan.name,
        "plan_id": str(plan.id),
        "plan_price": str(price.id),
        "currency": terms.currency,
        "frequency": price.frequency.value,
        "fee_cents": terms.fee_cents,
        "setup_fee_cents": terms.setup_fee_cents,
        "draw_day": terms.schedule.draw_day,
        "starts_on": charge.on.isoformat(),
        "today_cents": charge.total_cents,
        "today_pays_through": charge.period.ends_on.isoformat(),
        "next_draws": [[draw.on.isoformat(), draw.total_cents] for draw in coming],
        "coupon": coupon.code if coupon else None,
        "commitment_months": plan.commitment_months,
        "cancellation_fee_cents": plan.cancellation_fee_cents,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))
