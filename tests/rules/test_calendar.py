"""Draw dates and periods: none missing, none double, none moved, whatever the month is like."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given

from portal.rules.calendar import (
    Frequency,
    Period,
    Schedule,
    draw_in_month,
    first_draw_on_or_after,
    full_period,
    last_draw_on_or_before,
    next_draw_after,
    period_from,
)
from tests.rules.strategies import days, patient_search, schedules

ONE_DAY = timedelta(days=1)
FIRST_YEAR, YEARS = 2023, 10


def monthly(draw_day: int) -> Schedule:
    return Schedule(Frequency.MONTH, draw_day, date(2023, 1, 1))


def yearly(anchor_on: date) -> Schedule:
    return Schedule(Frequency.YEAR, anchor_on.day, anchor_on)


@pytest.mark.parametrize("draw_day", range(1, 32))
def test_ten_years_have_one_draw_in_each_month_on_the_draw_day_or_the_last_day(draw_day: int) -> None:
    months = [(year, month) for year in range(FIRST_YEAR, FIRST_YEAR + YEARS) for month in range(1, 13)]
    expected = [date(year, month, min(draw_day, monthrange(year, month)[1])) for year, month in months]
    schedule = monthly(draw_day)

    walked = [first_draw_on_or_after(schedule, date(FIRST_YEAR, 1, 1))]
    while len(walked) < len(expected):
        walked.append(next_draw_after(schedule, walked[-1]))

    assert walked == expected


@pytest.mark.parametrize("draw_day", [1, 15, 28, 29, 30, 31])
def test_asked_on_every_day_of_ten_years_the_neighbouring_draws_are_the_nearest_ones(draw_day: int) -> None:
    schedule = monthly(draw_day)
    draws = {draw_in_month(year, month, draw_day) for year in range(2022, 2035) for month in range(1, 13)}
    last_on = max(on for on in draws if on <= date(FIRST_YEAR, 1, 1))
    for offset in range(365 * YEARS):
        day = date(FIRST_YEAR, 1, 1) + timedelta(days=offset)
        last_on = day if day in draws else last_on
        assert last_draw_on_or_before(schedule, day) == last_on
        next_on = next_draw_after(schedule, day)
        assert next_on in draws
        assert next_on > day
        assert last_draw_on_or_before(schedule, next_on - ONE_DAY) == last_on
        assert first_draw_on_or_after(schedule, day) == (day if day in draws else next_on)


def test_the_31st_comes_back_after_a_short_month() -> None:
    schedule = monthly(31)
    walked = [date(2024, 1, 31)]
    for _ in range(4):
        walked.append(next_draw_after(schedule, walked[-1]))
    assert walked[1:] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]


def test_a_yearly_29_february_is_the_28th_until_the_next_leap_year() -> None:
    walked = [date(2024, 2, 29)]
    for _ in range(8):
        walked.append(next_draw_after(yearly(date(2024, 2, 29)), walked[-1]))
    assert [(on.year, on.day) for on in walked[1:]] == [
        (2025, 28), (2026, 28), (2027, 28), (2028, 29), (2029, 28), (2030, 28), (2031, 28), (2032, 29),
    ]  # fmt: skip
    assert {on.month for on in walked} == {2}


def test_a_yearly_membership_is_drawn_on_its_anchor_and_not_on_its_draw_day() -> None:
    schedule = Schedule(Frequency.YEAR, 5, date(2026, 9, 17))
    assert first_draw_on_or_after(schedule, date(2027, 1, 1)) == date(2027, 9, 17)
    assert full_period(schedule, date(2027, 1, 1)) == Period(date(2026, 9, 17), date(2027, 9, 16))


@pytest.mark.parametrize(
    ("schedule", "on", "starts_on", "ends_on", "length"),
    [
        (monthly(25), date(2021, 9, 16), date(2021, 8, 25), date(2021, 9, 24), 31),
        (monthly(1), date(2021, 8, 10), date(2021, 8, 1), date(2021, 8, 31), 31),
        (monthly(31), date(2027, 2, 10), date(2027, 1, 31), date(2027, 2, 27), 28),
        (monthly(31), date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 30), 31),
        (yearly(date(2024, 2, 29)), date(2025, 2, 27), date(2024, 2, 29), date(2025, 2, 27), 365),
        (yearly(date(2024, 2, 29)), date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 28), 366),
    ],
)
def test_the_full_period_around_a_day(
    schedule: Schedule, on: date, starts_on: date, ends_on: date, length: int
) -> None:
    period = full_period(schedule, on)
    assert (period.starts_on, period.ends_on, period.days) == (starts_on, ends_on, length)


@patient_search
@given(schedules, days)
def test_periods_of_the_grid_meet_without_gap_or_overlap(schedule: Schedule, on: date) -> None:
    period = full_period(schedule, on)
    following = full_period(schedule, period.ends_on + ONE_DAY)
    assert period.contains(on)
    assert following.starts_on == period.ends_on + ONE_DAY
    assert all(full_period(schedule, edge) == period for edge in (period.starts_on, period.ends_on))
    assert period_from(schedule, period.starts_on) == period
    assert period_from(schedule, on) == Period(on, period.ends_on)


def test_a_period_counts_both_its_ends() -> None:
    period = Period(date(2026, 9, 16), date(2026, 9, 24))
    assert period.days == 9
    assert period.contains(date(2026, 9, 16))
    assert period.contains(date(2026, 9, 24))
    assert not period.contains(date(2026, 9, 25))
    assert not period.contains(date(2026, 9, 15))


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Period(date(2026, 9, 2), date(2026, 9, 1))


@pytest.mark.parametrize("draw_day", [0, -1, 32])
def test_a_draw_day_outside_1_to_31_is_refused(draw_day: int) -> None:
    with pytest.raises(ValueError, match="draw day"):
        monthly(draw_day)
    with pytest.raises(ValueError, match="draw day"):
        draw_in_month(2026, 9, draw_day)
