"""Builds the demo's world by living it: clinics open, patients join, draws come due, a card dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from portal import clock, db
from portal.config import Config
from portal.services.clinic import clinic_file, clinics
from sandbox.clock import DAY_BEGINS_AT, move_to
from sandbox.due import next_due_on
from sandbox.world.joining import add_patient, become_member
from sandbox.world.people import ALICE, CARA, DAN, NORA, Person
from scheduler import jobs

FILES = Path(__file__).parent
LUMINA_ZONE = "America/Los_Angeles"


class Event(NamedTuple):
    """Something that happens on a day, and how it is told."""

    on: date
    told: str
    happen: Callable[[], None]


def build(config: Config) -> Iterator[str]:
    """Makes the world and tells it, a sentence an event; does nothing where there is a clinic already.

    Business time goes through more than a year and ends at real time; the jobs run on each day that has
    something due.
    """
    with db.reading() as session:
        if clinics.all(session):
            yield "The world is there already; nothing was changed."
            return
    clock.reset()
    today = clock.today(LUMINA_ZONE)
    for event in sorted(_story(config, today), key=lambda event: event.on):
        _live_until(event.on)
        event.happen()
        jobs.run_all()
        yield f"{event.on:%Y-%m-%d}  {event.told}"
    _live_until(today)
    clock.reset()
    jobs.run_all()
    yield f"{today:%Y-%m-%d}  Today."


def _story(config: Config, today: date) -> list[Event]:
    alice_on = (today - relativedelta(years=1)).replace(day=1) - timedelta(days=1)
    opening_on = alice_on - timedelta(days=14)
    nora_on = today - relativedelta(months=5)
    # Declined two days ago and again yesterday: the second dunning attempt is tomorrow's.
    declined_on = today - timedelta(days=2)
    cara_on = declined_on - relativedelta(months=1)
    return [
        Event(opening_on, "Lumina Aesthetics opens.", lambda: _open_clinic("lumina")),
        Event(opening_on, "Harbor Skin Studio opens.", lambda: _open_clinic("harbor")),
        Event(alice_on, "Alice joins Glow.", lambda: _join(config, ALICE, "glow", 31)),
        Event(nora_on, "Nora joins Lighthouse.", lambda: _join(config, NORA, "lighthouse", nora_on.day)),
        Event(
            cara_on,
            "Cara joins Radiance, with a card that will not last.",
            lambda: _join(config, CARA, "radiance", declined_on.day, "pm_card_chargeCustomerFail"),
        ),
        Event(today - timedelta(days=10), "Dan becomes a patient.", lambda: add_patient(DAN)),
    ]


def _open_clinic(slug: str) -> None:
    with db.begin() as session:
        clinic_file.create(session, FILES / f"{slug}.toml", clock.now())


def _join(config: Config, person: Person, plan_slug: str, draw_day: int, card: str = "pm_card_visa") -> None:
    add_patient(person)
    become_member(config, person, plan_slug, draw_day, card)


def _live_until(day: date) -> None:
    """Runs the jobs on each day before `day` that has something due, and stops at 18:00 UTC of `day`."""
    on = min(clock.now().date(), day)
    while True:
        with db.reading() as session:
            due_on = next_due_on(session, on)
        if due_on is None or due_on >= day:
            break
        on = due_on
        _go_to(on)
        jobs.run_all()
    _go_to(day)


def _go_to(day: date) -> None:
    move_to(datetime.combine(day, DAY_BEGINS_AT))
