"""The draw hour on the clinic's clocks, on the days they change too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import draw_moment, is_draw_time, local_date
from tests.rules.strategies import days, patient_search

LOS_ANGELES, NEW_YORK = "America/Los_Angeles", "America/New_York"
ZONES = [
    LOS_ANGELES, NEW_YORK, "America/Chicago", "America/Phoenix", "America/Havana", "Pacific/Honolulu",
    "Europe/London", "Asia/Kathmandu", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "on", "hour", "utc"),
    [
        pytest.param(LOS_ANGELES, date(2027, 3, 13), 6, "2027-03-13T14:00", id="the day before spring"),
        pytest.param(LOS_ANGELES, date(2027, 3, 14), 6, "2027-03-14T13:00", id="spring, an ordinary hour"),
        pytest.param(LOS_ANGELES, date(2027, 3, 14), 2, "2027-03-14T10:00", id="a missing hour moves forward"),
        pytest.param(LOS_ANGELES, date(2027, 3, 14), 3, "2027-03-14T10:00", id="the hour after the missing one"),
        pytest.param(LOS_ANGELES, date(2027, 11, 7), 1, "2027-11-07T08:00", id="of a double hour the first"),
        pytest.param(LOS_ANGELES, date(2027, 11, 7), 6, "2027-11-07T14:00", id="autumn, an ordinary hour"),
        pytest.param(NEW_YORK, date(2027, 3, 14), 2, "2027-03-14T07:00", id="a missing hour in New York"),
        pytest.param(NEW_YORK, date(2027, 11, 7), 1, "2027-11-07T05:00", id="a double hour in New York"),
        pytest.param(NEW_YORK, date(2027, 11, 7), 6, "2027-11-07T11:00", id="autumn in New York"),
        pytest.param("America/Phoenix", date(2027, 3, 14), 2, "2027-03-14T09:00", id="clocks that never change"),
        pytest.param("America/Havana", date(2027, 3, 14), 0, "2027-03-14T05:00", id="a missing midnight"),
        pytest.param("Europe/London", date(2027, 3, 28), 1, "2027-03-28T01:00", id="a missing hour in London"),
        pytest.param("Europe/London", date(2027, 10, 31), 1, "2027-10-31T00:00", id="a double hour in London"),
        pytest.param("Australia/Sydney", date(2027, 10, 3), 2, "2027-10-02T16:00", id="spring in the south"),
        pytest.param("Australia/Lord_Howe", date(2027, 10, 3), 2, "2027-10-02T15:30", id="half an hour missing"),
        pytest.param("Asia/Kathmandu", date(2027, 6, 1), 6, "2027-06-01T00:15", id="a quarter-hour zone"),
    ],
)
def test_draws_begin_at_the_clinics_hour(zone: str, on: date, hour: int, utc: str) -> None:
    assert draw_moment(on, hour, zone) == datetime.fromisoformat(utc + "+00:00")
    assert draw_moment(on, hour, zone).tzinfo is UTC


@patient_search
@given(days, st.integers(0, 23), st.sampled_from(ZONES))
def test_each_day_has_one_moment_on_that_day_about_a_day_after_the_last(on: date, hour: int, zone: str) -> None:
    moment = draw_moment(on, hour, zone)
    tomorrow = draw_moment(on + timedelta(days=1), hour, zone)
    assert timedelta(hours=23) <= tomorrow - moment <= timedelta(hours=25)
    assert local_date(moment, zone) == on
    shown = moment.astimezone(ZoneInfo(zone))
    assert (shown.hour, shown.minute) == (hour, 0) or is_missing_hour(on, hour, zone)


def is_missing_hour(on: date, hour: int, zone: str) -> bool:
    local_at = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo(zone))
    return local_at.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local_at.replace(tzinfo=None)


@pytest.mark.parametrize("zone", [LOS_ANGELES, NEW_YORK])
@pytest.mark.parametrize("on", [date(2027, 3, 14), date(2027, 11, 7), date(2027, 7, 1)])
@pytest.mark.parametrize("hour", [0, 1, 2, 6, 23])
def test_a_watch_kept_every_minute_sees_draw_time_come_once_and_stay(zone: str, on: date, hour: int) -> None:
    midnight_at = draw_moment(on, 0, zone)
    seen = [is_draw_time(on, hour, zone, midnight_at + timedelta(minutes=m)) for m in range(25 * 60)]
    assert True in seen
    assert all(seen[seen.index(True) :])
    assert midnight_at + timedelta(minutes=seen.index(True)) == draw_moment(on, hour, zone)


def test_it_is_not_draw_time_a_second_early_and_still_is_days_later() -> None:
    moment = draw_moment(date(2027, 1, 31), 6, LOS_ANGELES)
    assert not is_draw_time(date(2027, 1, 31), 6, LOS_ANGELES, moment - timedelta(seconds=1))
    assert is_draw_time(date(2027, 1, 31), 6, LOS_ANGELES, moment)
    assert is_draw_time(date(2027, 1, 31), 6, LOS_ANGELES, moment + timedelta(days=40))


def test_the_same_moment_is_another_date_in_another_zone() -> None:
    now = datetime(2027, 2, 1, 5, 30, tzinfo=UTC)
    assert local_date(now, LOS_ANGELES) == date(2027, 1, 31)
    assert local_date(now, NEW_YORK) == date(2027, 2, 1)


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2027, 2, 1, 5, 30)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="no time zone"):
        local_date(naive, NEW_YORK)
    with pytest.raises(ValueError, match="no time zone"):
        is_draw_time(date(2027, 2, 1), 6, NEW_YORK, naive)
