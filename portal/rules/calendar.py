"""Draw dates and the periods between them, always counted from the anchor, never from the last draw."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)


class Frequency(StrEnum):
    """How often a membership is drawn."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a membership is drawn: monthly by `draw_day`, yearly on the month and day of `anchor_on`.

    A day that a month lacks becomes that month's last day, without moving the anchor.
    """

    frequency: Frequency
    draw_day: int
    anchor_on: date

    def __post_init__(self) -> None:
        _require_draw_day(self.draw_day)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `starts_on` to `ends_on`, both included."""

    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise ValueError(f"a period cannot end ({self.ends_on}) before it starts ({self.starts_on})")

    @property
    def days(self) -> int:
        """The number of days, both ends counted."""
        return (self.ends_on - self.starts_on).days + 1

    def contains(self, day: date) -> bool:
        """True from the first day to the last."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """The period to draw for now, and the older ones nobody drew: those are listed, never charged."""

    current: Period
    skipped: tuple[Period, ...]


def draw_in_month(year: int, month: int, draw_day: int) -> date:
    """The draw day in that month, or the month's last day where it is shorter."""
    _require_draw_day(draw_day)
    return date(year, month, 1) + relativedelta(day=draw_day)


def first_draw_on_or_after(schedule: Schedule, on: date) -> date:
    """The draw date that comes next, `on` itself included."""
    draw_on = _draw_near(schedule, on, 0)
    return draw_on if draw_on >= on else _draw_near(schedule, on, 1)


def next_draw_after(schedule: Schedule, on: date) -> date:
    """The first draw date after `on`, `on` itself left out."""
    return first_draw_on_or_after(schedule, on + ONE_DAY)


def last_draw_on_or_before(schedule: Schedule, on: date) -> date:
    """The draw date of the grid that `on` follows or is; it may lie before the membership began."""
    draw_on = _draw_near(schedule, on, 0)
    return draw_on if draw_on <= on else _draw_near(schedule, on, -1)


def full_period(schedule: Schedule, on: date) -> Period:
    """The whole period of the draw-day grid that contains `on`."""
    return Period(last_draw_on_or_before(schedule, on), next_draw_after(schedule, on) - ONE_DAY)


def period_from(schedule: Schedule, starts_on: date) -> Period:
    """From `starts_on` to the day before the next draw: a full period if it starts on a draw date."""
    return Period(starts_on, next_draw_after(schedule, starts_on) - ONE_DAY)


def due_period(schedule: Schedule, next_draw_on: date, today: date) -> DuePeriod:
    """What to draw for when `next_draw_on` has come, perhaps long ago because nothing ran meanwhile.

    `current` contains today; `skipped` and `current` together are every day from `next_draw_on` on, once.
    ValueError while `next_draw_on` is still to come.
    """
    if next_draw_on > today:
        raise ValueError(f"nothing is due on {today}: the next draw is on {next_draw_on}")
    period = period_from(schedule, next_draw_on)
    skipped: list[Period] = []
    while not period.contains(today):
        skipped.append(period)
        period = period_from(schedule, period.ends_on + ONE_DAY)
    return DuePeriod(period, tuple(skipped))


def draw_moment(on: date, draw_hour: int, zone: str) -> datetime:
    """The UTC moment at which the draws of a day begin, by the clocks of the clinic's zone.

    An hour the clocks leave out becomes the same time after the change (02:00 is then 03:00);
    of an hour that comes twice, the first counts.
    """
    # fold=0, the default, reads a missing hour with the offset before the change: that is the move forward.
    local_at = datetime.combine(on, time(draw_hour), tzinfo=ZoneInfo(zone))
    return local_at.astimezone(UTC)


def is_draw_time(on: date, draw_hour: int, zone: str, now: datetime) -> bool:
    """True from the draw moment of that day on, later days included; `now` is aware."""
    _require_aware(now)
    return now >= draw_moment(on, draw_hour, zone)


def local_date(now: datetime, zone: str) -> date:
    """The date on the clinic's wall at an aware moment."""
    _require_aware(now)
    return now.astimezone(ZoneInfo(zone)).date()


def _draw_near(schedule: Schedule, on: date, steps: int) -> date:
    """The draw of the month (or year) of `on`, or of one so many steps away."""
    if schedule.frequency is Frequency.YEAR:
        return schedule.anchor_on + relativedelta(years=on.year + steps - schedule.anchor_on.year)
    month_on = on.replace(day=1) + relativedelta(months=steps)
    return draw_in_month(month_on.year, month_on.month, schedule.draw_day)


def _require_draw_day(draw_day: int) -> None:
    if not 1 <= draw_day <= 31:
        raise ValueError(f"a draw day is a number from 1 to 31, not {draw_day}")


def _require_aware(now: datetime) -> None:
    # A naive moment would silently be read in the server's own zone.
    if now.tzinfo is None:
        raise ValueError("the moment has no time zone")
