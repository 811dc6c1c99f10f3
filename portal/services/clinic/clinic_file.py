"""Makes a clinic from a TOML file: clinic, programme, agreements, plans with prices and benefits, coupons."""

from __future__ import annotations

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from portal.db import new_id
from portal.models import Clinic, Programme, ReceiptCounter
from portal.models.clinic.clinic import RESERVED_SLUGS
from portal.rules import colours
from portal.rules.dunning import Policy
from portal.rules.money import MINIMUM_CHARGE_CENTS
from portal.services.billing import catch_up
from portal.services.clinic import clinics, logos
from portal.services.clinic.catalogue import Catalogue, is_slug
from portal.services.clinic.toml_table import TomlTable


class ClinicFileError(ValueError):
    """The file cannot become a clinic; `problems` are sentences, each naming its key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def create(session: Session, toml: str | Path, now: datetime) -> Clinic:
    """Adds the clinic that a TOML text, or the file at a path, describes; nothing when anything is wrong.

    Prices hold from today in the clinic's time zone. A slug that is taken is refused, so a second run changes
    nothing. A logo is looked for beside the TOML file. Raises ClinicFileError with every problem found.
    """
    problems: list[str] = []
    root = _parsed(toml, problems)
    clinic = _read_clinic(session, root.table("clinic"), toml.parent if isinstance(toml, Path) else None, now)
    programme = _read_programme(clinic, root.table("programme"))
    catalogue = Catalogue(clinic, now)
    catalogue.read(root)
    root.refuse_unknown_keys()
    if problems:
        raise ClinicFileError(problems)
    session.add(clinic)
    session.flush()
    session.add_all([programme, ReceiptCounter(clinic_id=clinic.id, next_number=1)])
    for rows in catalogue.in_order():
        session.add_all(rows)
        session.flush()
    catch_up.connect(session, clinic.stripe_account)
    session.refresh(clinic, ["programme"])
    return clinic


def _parsed(toml: str | Path, problems: list[str]) -> TomlTable:
    try:
        text = toml.read_text(encoding="utf-8") if isinstance(toml, Path) else toml
        return TomlTable(tomllib.loads(text, parse_float=Decimal), "", problems)
    except OSError as error:
        raise ClinicFileError([f"{toml}: The file cannot be read: {error.strerror}."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClinicFileError([f"The file is not TOML: {error}."]) from error


def _read_clinic(session: Session, table: TomlTable, folder: Path | None, now: datetime) -> Clinic:
    clinic = Clinic(
        id=new_id(),
        slug=table.text("slug", 40, is_right=_is_clinic_slug),
        name=table.text("name", 120),
        time_zone=table.text("time_zone", 64, is_right=_is_time_zone),
        currency=table.choice("currency", sorted(MINIMUM_CHARGE_CENTS), "USD"),
        colour=table.text("colour", 7, is_right=colours.rgb).lower(),
        email=table.text("email", 254, is_right=_is_email),
        phone=table.text("phone", 40),
        address=table.text("address", 300),
        website=table.optional_text("website", 300, is_right=_is_web_address),
        booking_url=table.optional_text("booking_url", 300, is_right=_is_web_address),
        draw_hour=table.number("draw_hour", 0, 23, default=6),
        stripe_account=table.text("stripe_account", 64, default=""),
        created_at=now,
    )
    if clinic.slug and clinics.by_slug(session, clinic.slug):
        table.refuse("slug", f"There is already a clinic {clinic.slug!r}; nothing was changed.")
    if table.has("logo"):
        _read_logo(clinic, table, folder)
    table.refuse_unknown_keys()
    return clinic


def _read_logo(clinic: Clinic, table: TomlTable, folder: Path | None) -> None:
    name = table.text("logo", 200)
    try:
        if folder is None or Path(name).name != name:
            raise ValueError("the logo is a file beside the TOML file, named without a folder")
        picture = (folder / name).read_bytes()
        clinic.logo, clinic.logo_type = picture, logos.media_type(picture)
    except OSError as error:
        table.refuse("logo", f"The file {name!r} cannot be read: {error.strerror}.")
    except ValueError as error:
        table.refuse("logo", f"{str(error)[0].upper()}{str(error)[1:]}.")


def _read_programme(clinic: Clinic, table: TomlTable) -> Programme:
    dunning_days = table.numbers("dunning_days", [1, 3, 7, 14])
    ends_membership = table.flag("dunning_ends_membership", True)
    try:
        Policy(tuple(dunning_days), ends_membership)
    except ValueError as error:
        table.refuse("dunning_days", f"{str(error)[0].upper()}{str(error)[1:]}.")
    programme = Programme(
        clinic_id=clinic.id,
        name=table.text("name", 120),
        introduction=table.text("introduction", 600, default=""),
        thank_you=table.text("thank_you", 600, default=""),
        receipt_footer=table.text("receipt_footer", 600, default=""),
        is_open=table.flag("is_open", True),
        patients_may_sign_up=table.flag("patients_may_sign_up", True),
        patients_may_enroll=table.flag("patients_may_enroll", True),
        patients_may_cancel=table.flag("patients_may_cancel", True),
        dunning_days=",".join(str(day) for day in dunning_days),
        dunning_ends_membership=ends_membership,
        while_past_due=table.choice("while_past_due", ("blocked", "usable"), "blocked"),
    )
    table.refuse_unknown_keys()
    return programme


def _is_time_zone(name: str) -> bool:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone such as America/New_York")
    return True


def _is_email(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return True


def _is_web_address(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a web address begins with https://")
    return True


def _is_clinic_slug(slug: str) -> bool:
    if slug in RESERVED_SLUGS:
        raise ValueError(f"the slug {slug!r} is reserved for the portal itself; choose another")
    return is_slug(slug)
