"""Every day of a membership is exactly one of paid, held, waived, skipped, unpaid; none is paid twice."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import Frequency, Period, Schedule
from portal.rules.days import DayState, day_states
from portal.rules.invoices import Terms
from tests.rules.histories import Event, History, events
from tests.rules.strategies import days, patient_search, schedules

PAID, HELD, WAIVED, SKIPPED, UNPAID = DayState
# Small fees too, so that prorated charges fall below the minimum and are waived.
fees = st.integers(20, 300) | st.integers(301, 50_000)


def lived(terms: Terms, started_on: date, story: list[Event]) -> History:
    history = History(terms, started_on)
    for event in story:
        history.live(event)
    return history


@patient_search
@given(schedules, days, fees, events)
def test_every_day_of_any_history_has_one_state_and_is_paid_once_at_most(
    schedule: Schedule, started_on: date, fee_cents: int, story: list[Event]
) -> None:
    history = lived(Terms(fee_cents, 0, "USD", schedule), started_on, story)
    until_on = max(history.book)

    states = day_states(started_on, until_on, history.periods, history.holds)

    assert list(states) == [started_on + timedelta(days=n) for n in range((until_on - started_on).days + 1)]
    assert states == history.book
    for day, state in states.items():
        charged = [period for period, kind in history.periods if kind in {PAID, WAIVED} and period.contains(day)]
        held = any(hold.contains(day) for hold in history.holds)
        assert len(charged) <= 1
        assert (state is HELD) is held
        assert (state in {PAID, WAIVED}) is (bool(charged) and not held)


@patient_search
@given(schedules, days, fees, events, st.data())
def test_asking_once_more_for_any_charged_day_is_noticed(
    schedule: Schedule, started_on: date, fee_cents: int, story: list[Event], data: st.DataObject
) -> None:
    history = lived(Terms(fee_cents, 0, "USD", schedule), started_on, story)
    charged = [period for period, state in history.periods if state in {PAID, WAIVED}]
    period = data.draw(st.sampled_from(charged))
    again_on = period.starts_on + timedelta(days=data.draw(st.integers(0, period.days - 1)))
    with pytest.raises(ValueError, match="one period only"):
        day_states(
            started_on,
            max(history.book),
            [*history.periods, (Period(again_on, again_on), PAID)],
            history.holds,
        )


@patient_search
@given(schedules, days, fees, events)
def test_credits_are_used_to_the_cent_and_nobody_pays_more_than_the_days_cost(
    schedule: Schedule, started_on: date, fee_cents: int, story: list[Event]
) -> None:
    history = lived(Terms(fee_cents, 0, "USD", schedule), started_on, story)
    used_cents = sum(charge.credit_used_cents for charge in history.charges)
    assert history.credit_cents >= 0
    assert used_cents + history.credit_cents == history.credited_cents
    for charge in history.charges:
        assert charge.subtotal_cents <= fee_cents
        assert 0 <= charge.total_cents <= charge.subtotal_cents


ON_THE_31ST = Terms(9900, 0, "USD", Schedule(Frequency.MONTH, 31, date(2027, 1, 1)))
ON_THE_1ST = Terms(100, 0, "USD", Schedule(Frequency.MONTH, 1, date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("terms", "started_on", "story", "counted"),
    [
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [], {PAID: 28}, id="first charge"),
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [("renewal", 0)], {PAID: 28 + 31}, id="renewal"),
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [("downtime", 40)], {PAID: 28 + 30, SKIPPED: 31}, id="downtime"),
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [("late payment", 14)], {PAID: 28 + 31}, id="paid within"),
        pytest.param(
            ON_THE_31ST,
            date(2027, 1, 31),
            [("late payment", 33)],
            {PAID: 28 + 28, UNPAID: 33},
            id="paid after",
        ),
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [("own hold", 2)], {PAID: 28, HELD: 31 + 30}, id="own hold"),
        pytest.param(ON_THE_31ST, date(2027, 1, 31), [("staff hold", 4)], {PAID: 24, HELD: 4}, id="hold in paid days"),
        pytest.param(
            ON_THE_31ST,
            date(2027, 1, 31),
            [("staff hold", 20)],
            {PAID: 14 + 25, HELD: 20},
            id="hold over a draw",
        ),
        pytest.param(ON_THE_1ST, date(2027, 1, 25), [("renewal", 0)], {WAIVED: 7, PAID: 28}, id="waived start"),
    ],
)
def test_a_named_history_has_these_days(
    terms: Terms, started_on: date, story: list[Event], counted: dict[DayState, int]
) -> None:
    history = lived(terms, started_on, story)
    states = day_states(started_on, max(history.book), history.periods, history.holds)
    assert Counter(states.values()) == counted


def test_resuming_after_a_draw_date_asks_for_the_days_left_less_the_credit() -> None:
    history = lived(ON_THE_31ST, date(2027, 1, 31), [("staff hold", 20)])
    # 14 of 28 days were held: 49.50 back; 25 of the 31 days from 28 February are left: 79.83.
    resumed = history.charges[-1]
    assert resumed.period == Period(date(2027, 3, 6), date(2027, 3, 30))
    assert (resumed.subtotal_cents, resumed.credit_used_cents, resumed.total_cents) == (7983, 4950, 3033)
    assert history.credit_cents == 0
