"""What templates may call: money and dates as people write them, and what every page is given."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from flask import Flask, request
from jinja2 import StrictUndefined

from portal.models import Clinic
from portal.routes import access

LOCALE = "en_US"


def cents(amount: int, currency: str) -> str:
    """9900 and USD as "$99.00"; a negative amount with a minus sign before the currency."""
    formatted = format_currency(Decimal(abs(amount)).scaleb(-2), currency, locale=LOCALE)
    return f"\N{MINUS SIGN}{formatted}" if amount < 0 else formatted


def day(on: date) -> str:
    """A date in words: "January 31, 2027"."""
    return format_date(on, format="long", locale=LOCALE)


def moment(at: datetime, clinic: Clinic) -> str:
    """A moment in the clinic's own time: "January 31, 2027, 6:00 AM"."""
    return format_datetime(at.astimezone(ZoneInfo(clinic.time_zone)), format="MMMM d, y, h:mm a", locale=LOCALE)


def ordinal(number: int) -> str:
    """1 as "1st", 22 as "22nd": a draw day in a sentence."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _given_to_every_page() -> dict[str, Any]:
    is_clinic_page = "clinic_slug" in (request.view_args or {})
    clinic = access.clinic_or_none() if is_clinic_page else None
    return {"clinic": clinic, "patient": access.signed_in_patient() if clinic else None}


def init_app(app: Flask) -> None:
    """Makes Jinja strict and gives it the filters."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(cents=cents, day=day, moment=moment, ordinal=ordinal)
    app.jinja_env.globals.update(sandbox_bar=None)
    app.context_processor(_given_to_every_page)
