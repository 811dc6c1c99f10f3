"""A membership day by day: each day is paid, held, waived, skipped or unpaid, never two of them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.calendar import Period
from portal.rules.money import share_up


class DayState(StrEnum):
    """What one day of a membership is."""

    PAID = "paid"
    HELD = "held"
    WAIVED = "waived"
    SKIPPED = "skipped"
    UNPAID = "unpaid"


def day_states(
    started_on: date,
    until_on: date,
    periods: Sequence[tuple[Period, DayState]],
    holds: Sequence[Period] = (),
) -> dict[date, DayState]:
    """The state of every day from `started_on` to `until_on`, both included.

    A held day is HELD whatever was paid for it; a day of an unpaid period takes the state of another
    period that covers it; a day in no period is UNPAID. ValueError when two other periods claim the same
    day, above all when both were paid.
    """
    if until_on < started_on:
        raise ValueError(f"the last day {until_on} comes before the first {started_on}")
    claimed: dict[date, DayState] = {}
    for period, state in periods:
        if state is DayState.UNPAID:
            continue
        for day in _days_of(period):
            if day in claimed:
                raise ValueError(f"{day} is {claimed[day]} and {state}: a day belongs to one period only")
            claimed[day] = state
    held = {day for hold in holds for day in _days_of(hold)}
    return {
        day: DayState.HELD if day in held else claimed.get(day, DayState.UNPAID)
        for day in _days_of(Period(started_on, until_on))
    }


def hold_credit(net_fee_cents: int, held_days: int, period_days: int, banked_cents: int) -> int:
    """The credit in cents for days that were paid and then held: their share of the net fee, rounded up.

    Less what the period already banked as wallet money; never below zero.
    """
    return max(0, share_up(net_fee_cents, held_days, period_days) - banked_cents)


def _days_of(period: Period) -> Iterator[date]:
    return (period.starts_on + timedelta(days=offset) for offset in range(period.days))
