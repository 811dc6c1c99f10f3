"""Day by day: one state for each day, none paid twice, and what held days are worth."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import Period
from portal.rules.days import DayState, day_states, hold_credit
from tests.rules.strategies import cents

PAID, HELD, WAIVED, SKIPPED, UNPAID = DayState
JANUARY = Period(date(2027, 1, 1), date(2027, 1, 31))
FEBRUARY = Period(date(2027, 2, 1), date(2027, 2, 28))


@pytest.mark.parametrize("state", DayState)
def test_a_period_gives_its_state_to_each_of_its_days(state: DayState) -> None:
    states = day_states(JANUARY.starts_on, JANUARY.ends_on, [(JANUARY, state)])
    assert list(states.values()) == [state] * 31
    assert (min(states), max(states)) == (JANUARY.starts_on, JANUARY.ends_on)


def test_a_day_in_no_period_is_unpaid_and_days_outside_the_membership_are_left_out() -> None:
    states = day_states(date(2027, 1, 30), date(2027, 2, 2), [(JANUARY, PAID)])
    assert list(states.values()) == [PAID, PAID, UNPAID, UNPAID]


def test_a_held_day_is_held_whatever_was_paid() -> None:
    hold = Period(date(2027, 1, 31), date(2027, 2, 1))
    states = day_states(date(2027, 1, 30), date(2027, 2, 2), [(JANUARY, PAID), (FEBRUARY, SKIPPED)], [hold])
    assert list(states.values()) == [PAID, HELD, HELD, SKIPPED]


def test_a_period_paid_too_late_stays_unpaid_until_the_prorated_one_starts() -> None:
    prorated = Period(date(2027, 2, 10), date(2027, 2, 28))
    states = day_states(JANUARY.starts_on, FEBRUARY.ends_on, [(JANUARY, UNPAID), (prorated, PAID)])
    assert list(states.values()) == [UNPAID] * (31 + 9) + [PAID] * 19


def test_a_day_of_an_unpaid_period_takes_the_state_of_another_period_that_covers_it() -> None:
    rest = Period(date(2027, 1, 30), date(2027, 1, 31))
    for periods in ([(JANUARY, UNPAID), (rest, PAID)], [(rest, PAID), (JANUARY, UNPAID)]):
        assert list(day_states(date(2027, 1, 29), JANUARY.ends_on, periods).values()) == [UNPAID, PAID, PAID]


@pytest.mark.parametrize("first", [PAID, WAIVED, SKIPPED, HELD])
@pytest.mark.parametrize("second", [PAID, WAIVED, SKIPPED, HELD])
def test_a_day_claimed_by_two_periods_is_refused(first: DayState, second: DayState) -> None:
    overlapping = Period(JANUARY.ends_on, FEBRUARY.ends_on)
    with pytest.raises(ValueError, match="2027-01-31"):
        day_states(JANUARY.starts_on, FEBRUARY.ends_on, [(JANUARY, first), (overlapping, second)])


def test_a_day_paid_twice_is_refused_even_when_it_was_held() -> None:
    with pytest.raises(ValueError, match="one period only"):
        day_states(JANUARY.starts_on, JANUARY.ends_on, [(JANUARY, PAID), (JANUARY, PAID)], [JANUARY])


def test_a_membership_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        day_states(date(2027, 2, 1), date(2027, 1, 31), [])


@pytest.mark.parametrize(
    ("net_fee_cents", "held_days", "period_days", "banked_cents", "credit_cents"),
    [
        (9900, 10, 31, 0, 3194),
        (9900, 31, 31, 0, 9900),
        (9900, 0, 31, 0, 0),
        (39_900, 10, 31, 39_900, 0),
        (9900, 10, 31, 1000, 2194),
        (0, 10, 31, 0, 0),
    ],
)
def test_held_days_are_credited_by_their_share_rounded_up_less_what_was_banked(
    net_fee_cents: int, held_days: int, period_days: int, banked_cents: int, credit_cents: int
) -> None:
    assert hold_credit(net_fee_cents, held_days, period_days, banked_cents) == credit_cents


@given(cents, st.integers(1, 366), cents, st.data())
def test_a_hold_never_credits_more_than_was_paid(
    net_fee_cents: int, period_days: int, banked_cents: int, data: st.DataObject
) -> None:
    held_days = data.draw(st.integers(0, period_days))
    assert 0 <= hold_credit(net_fee_cents, held_days, period_days, banked_cents) <= net_fee_cents
