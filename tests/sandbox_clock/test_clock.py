"""The sandbox clock: jumps, or goes day by day and lets the jobs work on each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from portal import clock
from sandbox import clock as sandbox_clock


@pytest.fixture(autouse=True)
def sandbox_time(tmp_path: Path) -> Iterator[None]:
    clock.configure(tmp_path / "clock.json")
    yield
    clock.configure(None)


def is_now(moment: datetime) -> bool:
    return abs(clock.now() - moment) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31", datetime(2027, 1, 31, 18, tzinfo=UTC)),
        ("2027-01-31T09:30", datetime(2027, 1, 31, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_bare_date_is_six_in_the_evening_of_utc(text: str, moment: datetime) -> None:
    sandbox_clock.set_to(text)
    assert is_now(moment)


@pytest.mark.parametrize("text", ["tomorrow", "31.01.2027", "2027-02-30"])
def test_another_form_is_refused_and_time_stays(text: str) -> None:
    with pytest.raises(ValueError):
        sandbox_clock.set_to(text)
    assert is_now(clock.wall_now())


def test_advancing_runs_all_jobs_on_every_day_at_six() -> None:
    sandbox_clock.set_to("2027-02-26T23:59")
    seen: list[datetime] = []

    def run_all() -> dict[str, int]:
        seen.append(clock.now().replace(microsecond=0))
        return {"renew": len(seen)}

    steps = list(sandbox_clock.advance_to(date(2027, 3, 1), run_all))
    assert [step.day for step in steps] == [date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1)]
    assert {moment.hour for moment in seen} == {18}
    assert steps[-1].done == {"renew": 3}
    assert clock.now().date() == date(2027, 3, 1)


def test_a_morning_s_first_step_is_its_own_evening() -> None:
    sandbox_clock.set_to("2027-02-26T06:00")
    days = [step.day for step in sandbox_clock.advance_to(date(2027, 2, 27), dict)]
    assert days == [date(2027, 2, 26), date(2027, 2, 27)]


def test_advancing_to_a_day_that_is_here_runs_nothing() -> None:
    sandbox_clock.set_to("2027-02-26")
    assert list(sandbox_clock.advance_to(date(2027, 2, 26), dict)) == []
    assert list(sandbox_clock.advance_to(date(2027, 2, 1), dict)) == []
    assert clock.now().date() == date(2027, 2, 26)


def test_a_day_too_far_away_is_refused_before_time_moves() -> None:
    sandbox_clock.set_to("2027-02-26")
    with pytest.raises(ValueError, match="ten years"):
        list(sandbox_clock.advance_to(date(2047, 2, 26), dict))
    assert clock.now().date() == date(2027, 2, 26)


def test_a_month_later_than_the_31st_is_the_month_s_last_day() -> None:
    assert sandbox_clock.later(date(2027, 1, 31), 1, "months") == date(2027, 2, 28)
    assert sandbox_clock.later(date(2027, 1, 31), 1, "days") == date(2027, 2, 1)


def test_wall_time_never_moves() -> None:
    before = clock.wall_now()
    sandbox_clock.set_to("2035-01-01")
    assert clock.wall_now() - before < timedelta(minutes=1)
