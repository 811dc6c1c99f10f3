"""Moves business time in the sandbox: a jump that runs nothing, or day by day with all jobs on each day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from portal import clock

DAY_BEGINS_AT = time(18, tzinfo=UTC)
MOST_DAYS = 3700
RunAll = Callable[[], dict[str, int]]


class Step(NamedTuple):
    """One day passed, and what the jobs did on it."""

    day: date
    done: dict[str, int]


def set_to(text: str) -> datetime:
    """Jumps to a date (18:00 UTC) or a date and time in UTC; runs nothing. ValueError for another form."""
    moment = datetime.fromisoformat(text)
    moment = datetime.combine(moment.date(), DAY_BEGINS_AT) if len(text) == len("2027-01-31") else moment
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    move_to(moment)
    return moment


def move_to(moment: datetime) -> None:
    """Sets business time."""
    clock.move_to(moment)


def last_step_on() -> date:
    """The day of the last 18:00 UTC that is over."""
    return (clock.now() - timedelta(hours=DAY_BEGINS_AT.hour)).date()


def later(start: date, number: int, unit: str) -> date:
    """The day that is so many "days" or "months" later; a month without that day gives its last one."""
    return start + (relativedelta(months=number) if unit == "months" else timedelta(days=number))


def advance_to(day: date, run_all: RunAll) -> Iterator[Step]:
    """Goes on to 18:00 UTC of each day up to `day`, and runs all jobs there; nothing when that moment is over.

    Begun before 18:00 UTC, the first step is today's own: elsewhere that is another day, and none is left out.
    Raises ValueError for a day more than ten years away.
    """
    start = last_step_on()
    if (day - start).days > MOST_DAYS:
        raise ValueError("the sandbox clock goes at most ten years at once")
    for ahead in range(1, (day - start).days + 1):
        step_on = start + timedelta(days=ahead)
        move_to(datetime.combine(step_on, DAY_BEGINS_AT))
        yield Step(step_on, run_all())
