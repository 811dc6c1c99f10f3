"""Catching up after downtime: one current period, the older ones skipped, every day in one of them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import (
    Frequency,
    Period,
    Schedule,
    due_period,
    first_draw_on_or_after,
    full_period,
    period_from,
)
from tests.rules.strategies import days, patient_search, schedules

ON_THE_31ST = Schedule(Frequency.MONTH, 31, date(2026, 1, 31))


@pytest.mark.parametrize(
    ("days_down", "starts_on", "ends_on", "skipped"),
    [
        (0, date(2027, 1, 31), date(2027, 2, 27), 0),
        (1, date(2027, 1, 31), date(2027, 2, 27), 0),
        (3, date(2027, 1, 31), date(2027, 2, 27), 0),
        (27, date(2027, 1, 31), date(2027, 2, 27), 0),
        (28, date(2027, 2, 28), date(2027, 3, 30), 1),
        (40, date(2027, 2, 28), date(2027, 3, 30), 1),
        (400, date(2028, 2, 29), date(2028, 3, 30), 13),
    ],
)
def test_after_downtime_only_the_current_period_is_drawn(
    days_down: int, starts_on: date, ends_on: date, skipped: int
) -> None:
    next_draw_on = date(2027, 1, 31)
    due = due_period(ON_THE_31ST, next_draw_on, next_draw_on + timedelta(days=days_down))
    assert due.current == Period(starts_on, ends_on)
    assert len(due.skipped) == skipped


@patient_search
@given(schedules, days, st.sampled_from([1, 3, 40, 400]), st.booleans())
def test_skipped_and_current_tile_the_calendar(schedule: Schedule, on: date, days_down: int, is_on_grid: bool) -> None:
    next_draw_on = first_draw_on_or_after(schedule, on) if is_on_grid else on
    today = next_draw_on + timedelta(days=days_down)

    due = due_period(schedule, next_draw_on, today)

    pieces = [*due.skipped, due.current]
    assert pieces[0].starts_on == next_draw_on
    assert all(later.starts_on == earlier.ends_on + timedelta(days=1) for earlier, later in pairwise(pieces))
    assert due.current.contains(today)
    assert due.current.ends_on == full_period(schedule, today).ends_on
    assert all(period_from(schedule, piece.starts_on) == piece for piece in pieces)


def test_a_draw_date_off_the_grid_begins_with_a_part_of_a_period() -> None:
    due = due_period(ON_THE_31ST, date(2027, 2, 10), date(2027, 3, 5))
    assert due.skipped == (Period(date(2027, 2, 10), date(2027, 2, 27)),)
    assert due.current == Period(date(2027, 2, 28), date(2027, 3, 30))


def test_nothing_is_due_before_the_draw_date() -> None:
    with pytest.raises(ValueError, match="2027-01-31"):
        due_period(ON_THE_31ST, date(2027, 1, 31), date(2027, 1, 30))
