"""Two clinics, and Alice, who is a patient of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db, letters_env
from portal.config import Config
from portal.models import Clinic, OutboxEmail, Patient, Programme
from portal.services.people import passwords, patients

NOW = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)
KEY = "a key of the tests"
PASSWORD = "demo-pass-2026"
PASSWORD_HASH = passwords.hashed(PASSWORD)


class People(NamedTuple):
    """Who there is."""

    lumina: Clinic
    harbor: Clinic
    alice: Patient


def _clinic(session: Session, slug: str) -> Clinic:
    clinic = Clinic(
        slug=slug,
        name=slug.title(),
        time_zone="America/Los_Angeles",
        currency="USD",
        colour="#7c3aed",
        email=f"desk@{slug}.example",
        phone="+1 415 555 0134",
        address="1 Main Street",
        created_at=NOW,
    )
    clinic.programme = Programme(name="Glow Club")
    session.add(clinic)
    session.flush()
    return clinic


@pytest.fixture
def people(database_url: str, tmp_path: Path) -> Iterator[People]:
    letters_env.configure(Config.from_env({"PORTAL_ENV": "test", "PORTAL_VAR": str(tmp_path)}))
    engine = db.connect(database_url)
    with db.begin() as session:
        lumina, harbor = _clinic(session, "lumina"), _clinic(session, "harbor")
        alice = patients.create(
            session, lumina, "Alice@Example.com", first_name="Alice", password_hash=PASSWORD_HASH, now=NOW
        )
    yield People(lumina, harbor, alice)
    engine.dispose()


class Letter(NamedTuple):
    """A queued letter with a code."""

    kind: str
    to: str
    code: str


def letters(session: Session) -> list[Letter]:
    """Every letter of the outbox, oldest first, with the six digits in it."""
    found = session.scalars(select(OutboxEmail).order_by(OutboxEmail.id))
    return [Letter(each.kind, each.to_address, re.findall(r"\b\d{3} ?\d{3}\b", each.text_body)[0]) for each in found]
