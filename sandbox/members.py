"""seed-members: many members at once, each with a test card at the configured Stripe, for trials of draw day."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal import clock, db
from portal.config import Config
from portal.models import Card, Clinic, Membership, MembershipEvent, Patient, Plan
from portal.rules.calendar import Frequency
from portal.rules.states import MembershipStatus
from portal.services.clinic import clinics, plans

BATCH = 500
CONNECTIONS = 8
CARD = "pm_card_visa"


class SeedRefused(Exception):
    """The clinic, the plan or its monthly price is missing; the message says which."""


class SavedCard(NamedTuple):
    """A customer and the payment method saved with it, as Stripe names them."""

    customer_id: str
    payment_method: dict[str, Any]


def seed(config: Config, count: int, clinic_slug: str, plan_slug: str, due_on: date) -> int:
    """Adds `count` patients load-<i>@example.com, each a monthly member whose next draw is `due_on`.

    Goes on after the ones that are there. Raises SeedRefused; an answer of Stripe that is an error stops it.
    """
    with db.reading() as session:
        clinic, plan, fee_cents = _sold(session, clinic_slug, plan_slug, due_on)
        known = select(func.count()).where(Patient.clinic_id == clinic.id, Patient.email.like("load-%@example.com"))
        first = session.scalar(known) or 0
    numbers = range(first + 1, first + count + 1)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for start in range(0, count, BATCH):
            batch = numbers[start : start + BATCH]
            saved = list(pool.map(lambda _: _save_card(config, clinic.stripe_account), batch))
            with db.begin() as session:
                _add(session, clinic, plan, fee_cents, due_on, list(zip(batch, saved, strict=True)), clock.now())
    return count


def _sold(session: Session, clinic_slug: str, plan_slug: str, on: date) -> tuple[Clinic, Plan, int]:
    clinic = clinics.by_slug(session, clinic_slug)
    plan = plans.by_slug(session, clinic, plan_slug) if clinic else None
    if clinic is None or plan is None:
        raise SeedRefused(f"There is no plan {plan_slug!r} at a clinic {clinic_slug!r}.")
    price = plan.price(Frequency.MONTH, max(on, clock.today(clinic.time_zone)))
    if price is None:
        raise SeedRefused(f"{plan.name} has no monthly price.")
    return clinic, plan, price.fee_cents


def _add(
    session: Session,
    clinic: Clinic,
    plan: Plan,
    fee_cents: int,
    due_on: date,
    batch: list[tuple[int, SavedCard]],
    now: datetime,
) -> None:
    started_on = due_on - relativedelta(months=1)
    rows: dict[type, list[dict[str, Any]]] = {Patient: [], Card: [], Membership: [], MembershipEvent: []}
    for number, saved in batch:
        patient_id, card_id, membership_id = db.new_id(), db.new_id(), db.new_id()
        ours: dict[str, UUID] = {"clinic_id": clinic.id}
        details = {"first_name": "Load", "last_name": str(number), "stripe_customer_id": saved.customer_id}
        email = f"load-{number}@example.com"
        rows[Patient].append(ours | details | {"id": patient_id, "email": email, "created_at": now})
        rows[Card].append(ours | {"id": card_id, "patient_id": patient_id} | _card(saved, clinic, now))
        rows[Membership].append(
            ours
            | {"id": membership_id, "patient_id": patient_id, "card_id": card_id, "plan_id": plan.id}
            | {"plan_name": plan.name, "fee_cents": fee_cents, "setup_fee_cents": 0, "cancellation_fee_cents": 0}
            | {"status": MembershipStatus.ACTIVE, "frequency": Frequency.MONTH, "currency": clinic.currency}
            | {"draw_day": due_on.day, "anchor_on": due_on, "started_on": started_on, "next_draw_on": due_on}
            | {"paid_through": due_on - timedelta(days=1), "created_at": now}
        )
        rows[MembershipEvent].append(
            ours
            | {"id": db.new_id(), "membership_id": membership_id, "kind": "joined", "actor": "staff", "facts": {}}
            | {"from_status": MembershipStatus.PENDING, "to_status": MembershipStatus.ACTIVE}
            | {"at": now, "on": started_on}
        )
    for model, found in rows.items():
        session.execute(insert(model), found)


def _card(saved: SavedCard, clinic: Clinic, now: datetime) -> dict[str, Any]:
    card = saved.payment_method["card"]
    return {
        "account": clinic.stripe_account,
        "customer_id": saved.customer_id,
        "payment_method_id": saved.payment_method["id"],
        "brand": card["brand"],
        "last4": card["last4"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "created_at": now,
    }


def _save_card(config: Config, account: str) -> SavedCard:
    customer_id = _asked(config, account, "customers", {})["id"]
    attached = _asked(config, account, f"payment_methods/{CARD}/attach", {"customer": customer_id})
    return SavedCard(customer_id, attached)


def _asked(config: Config, account: str, path: str, fields: dict[str, str]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {config.stripe_secret_key}"}
    if account:
        headers["Stripe-Account"] = account
    request = urllib.request.Request(  # noqa: S310 - the configured Stripe, on loopback in a sandbox
        f"{config.stripe_api_base}/v1/{path}",
        data=urllib.parse.urlencode(fields).encode(),
        headers=headers,
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=config.stripe_timeout) as answer:  # noqa: S310
        return dict(json.load(answer))
