"""Letters and documents from templates: plain Jinja and Babel, without Flask, alike in every process."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import css_inline
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.config import Config
from portal.rules import colours

TEMPLATES = Path(__file__).parent / "templates"
LOCALE = "en_US"
TEXT_WIDTH = 72
AMOUNT_WIDTH = 12
LABEL_WIDTH = 18


class ClinicFace(Protocol):
    """What letters and documents show of a clinic; the model has it."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def address(self) -> str: ...


class Rendered(NamedTuple):
    """A letter as the patient will read it."""

    subject: str
    text: str
    html: str


class Settings(NamedTuple):
    """Where links lead (no slash at the end), and the address that letters leave from."""

    base_url: str
    sender: str


_settings: Settings | None = None


def configure(config: Config) -> None:
    """Says where links lead and whom letters are from. Raises ValueError where that is no address."""
    global _settings
    sender = parseaddr(config.mail_default_sender)[1]
    if "@" not in sender:
        raise ValueError("MAIL_DEFAULT_SENDER must be an e-mail address")
    _settings = Settings(config.base_url.rstrip("/"), sender)


def settings() -> Settings:
    """What configure() was given. Raises RuntimeError before: a wrong link is worse than no letter."""
    if _settings is None:
        raise RuntimeError("letters_env.configure() has not been called")
    return _settings


def portal_url(clinic: ClinicFace, path: str = "") -> str:
    """The full address of a page of the clinic's portal, e.g. path "memberships/<id>"."""
    return f"{settings().base_url}/{clinic.slug}/{path.lstrip('/')}"


def sender_domain() -> str:
    """The domain that Message-IDs are made under."""
    return settings().sender.rpartition("@")[2].lower()


def render(letter: str, clinic: ClinicFace, **facts: Any) -> Rendered:
    """The letter of the folder `emails/<letter>`; unknown names in a template raise UndefinedError."""
    given = {**_brand(clinic), **facts}
    subject = _environment().get_template(f"emails/{letter}/subject.txt").render(given)
    text = _environment().get_template(f"emails/{letter}/body.txt").render(given)
    html = _environment().get_template(f"emails/{letter}/body.html").render(given)
    return Rendered(" ".join(subject.split()), _wrapped(text), _inliner().inline(html))


def render_document(document: str, clinic: ClinicFace, **facts: Any) -> tuple[str, str]:
    """HTML and CSS of the document `pdf/<document>.html`, to be laid out as a PDF."""
    given = {**_brand(clinic), **facts}
    html = _environment().get_template(f"pdf/{document}.html").render(given)
    return html, _environment().get_template("pdf/document.css").render(given)


def cents(amount: int, currency: str) -> str:
    """Integer cents as money: 9900 and "USD" make "$99.00"."""
    exact = Decimal(abs(amount)).scaleb(-get_currency_precision(currency))
    written = str(format_currency(exact, currency, locale=LOCALE))
    return f"\N{MINUS SIGN}{written}" if amount < 0 else written


def day(on: date) -> str:
    """A date in words: "January 31, 2027"."""
    return str(format_date(on, "long", locale=LOCALE))


def moment(at: datetime, zone: str) -> str:
    """A moment by the clocks of a zone: "January 31, 2027, 6:00:05 AM PST"."""
    # The narrow space that CLDR puts before AM is missing in many fonts.
    local_at = at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return str(format_datetime(local_at, "MMMM d, y, h:mm:ss a z", locale=LOCALE)).replace("\u202f", " ")


def columns(label: str, amount: str) -> str:
    """One line of a bill in plain text: the label wrapped on the left, the amount set right."""
    first, *rest = textwrap.wrap(label, TEXT_WIDTH - AMOUNT_WIDTH - 4) or [""]
    lines = [f"  {first:<{TEXT_WIDTH - AMOUNT_WIDTH - 2}}{amount:>{AMOUNT_WIDTH}}"]
    return "\n".join([*lines, *(f"    {more}" for more in rest)])


def fact(label: str, value: str) -> str:
    """One named fact in plain text, values in one column and wrapped below one another."""
    lines = textwrap.wrap(value, TEXT_WIDTH - LABEL_WIDTH - 2, break_on_hyphens=False) or [""]
    margin = " " * (LABEL_WIDTH + 2)
    return f"\n{margin}".join([f"  {label:<{LABEL_WIDTH}}{lines[0]}", *lines[1:]])


def _brand(clinic: ClinicFace) -> dict[str, Any]:
    return {
        "clinic": clinic,
        "light": colours.accent(clinic.colour, colours.LIGHT),
        "dark": colours.accent(clinic.colour, colours.DARK),
        "monogram": clinic.name.strip()[:1].upper(),
        "home_url": portal_url(clinic),
    }


def _wrapped(text: str) -> str:
    """Long lines broken at spaces; set lines (indented) and addresses stay as they are."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        is_set = line.startswith("  ") or "://" in line or len(line) <= TEXT_WIDTH
        lines += [line.rstrip()] if is_set else textwrap.wrap(line, TEXT_WIDTH, break_on_hyphens=False)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(cents=cents, day=day)
    environment.globals.update(moment=moment, columns=columns, fact=fact, rule="  " + "-" * (TEXT_WIDTH - 2))
    return environment


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
