"""Reads what a clinic sells from the tables of its file: agreements, plans, prices, benefits, coupons."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.db import Base, new_id
from portal.models import (
    Agreement,
    AgreementVersion,
    Clinic,
    Coupon,
    CouponPlan,
    Plan,
    PlanBenefit,
    PlanPrice,
)
from portal.rules import colours
from portal.rules.calendar import Frequency
from portal.rules.coupons import AmountKind, Duration, code_key
from portal.services.clinic.agreements import MERGE_FIELDS
from portal.services.clinic.toml_table import TomlTable

LONGEST_AGREEMENT = 60_000
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_MERGE_FIELD = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class Catalogue:
    """The rows of one file; problems stay in the tables read, and rows are only good when there are none."""

    def __init__(self, clinic: Clinic, now: datetime) -> None:
        self._clinic, self._now = clinic, now
        self._agreements: dict[str, Agreement] = {}
        self._plans: dict[str, Plan] = {}
        self._coupons: dict[str, Coupon] = {}
        self._parts: list[Base] = []

    def read(self, root: TomlTable) -> None:
        """Reads [[agreements]], [[plans]] and [[coupons]]; at least one of the first two each."""
        for table in self._at_least_one(root, "agreements"):
            self._read_agreement(table)
        for position, table in enumerate(self._at_least_one(root, "plans")):
            self._read_plan(table, position)
        for table in root.tables("coupons"):
            self._read_coupon(table)

    def in_order(self) -> list[list[Base]]:
        """The rows in groups that can be stored one after the other."""
        return [[*self._agreements.values()], [*self._plans.values()], [*self._coupons.values()], self._parts]

    def _at_least_one(self, root: TomlTable, key: str) -> list[TomlTable]:
        tables = root.tables(key)
        if not tables:
            root.refuse(key, f"A clinic needs at least one [[{key}]].")
        return tables

    def _read_agreement(self, table: TomlTable) -> None:
        agreement = Agreement(id=new_id(), clinic_id=self._clinic.id, name=table.text("name", 120))
        if agreement.name in self._agreements:
            table.refuse("name", f"Another agreement is called {agreement.name!r}.")
        self._agreements[agreement.name] = agreement
        self._parts.append(
            AgreementVersion(
                clinic_id=self._clinic.id,
                agreement_id=agreement.id,
                number=1,
                text=table.text("text", LONGEST_AGREEMENT, is_right=_has_known_fields),
                published_at=self._now,
            )
        )
        table.refuse_unknown_keys()

    def _read_plan(self, table: TomlTable, position: int) -> None:
        agreement_name = table.text("agreement", 120)
        agreement = self._agreements.get(agreement_name)
        if agreement is None:
            table.refuse("agreement", f"No agreement is called {agreement_name!r}.")
        plan = Plan(
            id=new_id(),
            clinic_id=self._clinic.id,
            agreement_id=agreement.id if agreement else None,
            slug=table.text("slug", 40, is_right=is_slug),
            name=table.text("name", 80),
            description=table.text("description", 600, default=""),
            badge_colour=table.text("badge_colour", 7, self._clinic.colour, is_right=colours.rgb).lower(),
            setup_fee_cents=table.cents("setup_fee", default=0, least=0),
            discount_percent=table.number("discount_percent", 0, 100, default=0),
            banks_fee=table.flag("banks_fee", False),
            commitment_months=table.number("commitment_months", 0, 36, default=0),
            cancellation_fee_cents=table.cents("cancellation_fee", default=0, least=0),
            shown_in_portal=table.flag("shown_in_portal", True),
            is_recommended=table.flag("is_recommended", False),
            position=position,
        )
        if plan.slug in self._plans:
            table.refuse("slug", f"Another plan has the slug {plan.slug!r}.")
        self._plans[plan.slug] = plan
        self._read_prices(table, plan)
        for place, text in enumerate(table.texts("benefits", 160)):
            benefit = PlanBenefit(clinic_id=plan.clinic_id, plan_id=plan.id, position=place, text=text)
            self._parts.append(benefit)
        table.refuse_unknown_keys()

    def _read_prices(self, table: TomlTable, plan: Plan) -> None:
        fees = {
            frequency: table.cents(key)
            for frequency, key in ((Frequency.MONTH, "monthly_fee"), (Frequency.YEAR, "annual_fee"))
            if table.has(key)
        }
        if not fees:
            table.refuse("monthly_fee", "A plan needs a monthly_fee, an annual_fee or both.")
        self._parts += [
            PlanPrice(
                clinic_id=plan.clinic_id,
                plan_id=plan.id,
                frequency=frequency,
                fee_cents=fee_cents,
                starts_on=self._now.astimezone(_zone(self._clinic.time_zone)).date(),
            )
            for frequency, fee_cents in fees.items()
        ]

    def _read_coupon(self, table: TomlTable) -> None:
        code = table.text("code", 40, is_right=_CODE.fullmatch)
        duration = Duration(table.choice("duration", [*Duration], Duration.ONCE))
        amount_kind, amount = _read_amount(table)
        has_periods = table.has("periods")
        if has_periods != (duration is Duration.PERIODS):
            table.refuse("periods", 'This number stands exactly where duration = "periods".')
        coupon = Coupon(
            id=new_id(),
            clinic_id=self._clinic.id,
            code=code,
            code_key=code_key(code),
            amount_kind=amount_kind,
            amount=amount,
            duration=duration,
            periods=table.number("periods", 1, 120) if has_periods else None,
            on_setup_fee=table.flag("on_setup_fee", False),
            expires_on=table.day("expires_on"),
            max_uses=table.number("max_uses", 1, 1_000_000) if table.has("max_uses") else None,
            used=0,
        )
        if coupon.code_key in self._coupons:
            table.refuse("code", f"Another coupon has the code {code!r}.")
        self._coupons[coupon.code_key] = coupon
        self._read_coupon_plans(table, coupon)
        table.refuse_unknown_keys()

    def _read_coupon_plans(self, table: TomlTable, coupon: Coupon) -> None:
        for slug in dict.fromkeys(table.texts("plans", 40)):
            if slug not in self._plans:
                table.refuse("plans", f"No plan has the slug {slug!r}.")
                continue
            self._parts.append(
                CouponPlan(clinic_id=coupon.clinic_id, coupon_id=coupon.id, plan_id=self._plans[slug].id)
            )


def is_slug(slug: str) -> bool:
    """True for what may stand in an address. Raises ValueError with the rule otherwise."""
    if not _SLUG.fullmatch(slug) or len(slug) < 2:
        raise ValueError("a slug has at least two small letters or digits, with single hyphens between them")
    return True


def _read_amount(table: TomlTable) -> tuple[AmountKind, int]:
    if table.has("percent") == table.has("amount"):
        table.refuse("percent", "A coupon has either a percent or an amount.")
    if table.has("amount"):
        return AmountKind.DOLLAR, table.cents("amount")
    return AmountKind.PERCENT, table.number("percent", 1, 100)


def _has_known_fields(text: str) -> bool:
    unknown = [field for field in _MERGE_FIELD.findall(text) if field not in MERGE_FIELDS]
    if unknown:
        raise ValueError(f"the merge field {unknown[0]!r} is not known; known are {', '.join(MERGE_FIELDS)}")
    return True


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
