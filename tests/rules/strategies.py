"""What Hypothesis draws for the rules: days, schedules, discounts, and its settings."""

from datetime import date

from hypothesis import settings
from hypothesis import strategies as st

from portal.rules.calendar import Frequency, Schedule
from portal.rules.coupons import AmountKind, Discount, Duration, starting_discount

# A shared machine pauses at will; how long one example took says nothing about the rules.
patient_search = settings(deadline=None)

days = st.dates(date(2019, 1, 1), date(2033, 12, 31))
draw_days = st.integers(1, 31)
cents = st.integers(0, 200_000)
schedules = st.builds(Schedule, st.sampled_from(Frequency), draw_days, days)


@st.composite
def discounts(draw: st.DrawFn) -> Discount:
    kind = draw(st.sampled_from(AmountKind))
    amount = draw(st.integers(1, 100 if kind is AmountKind.PERCENT else 50_000))
    duration = draw(st.sampled_from(Duration))
    periods = draw(st.integers(1, 12)) if duration is Duration.PERIODS else None
    return starting_discount(kind, amount, duration, draw(st.booleans()), periods)
