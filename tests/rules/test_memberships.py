"""Cancelling: the last day, and what leaving a commitment early costs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.memberships import Cancellation, cancellation, commitment_until
from tests.rules.strategies import days

TODAY = date(2027, 2, 10)
FEE_CENTS = 20_000


@pytest.mark.parametrize(
    ("paid_through", "until", "ends_on", "fee_cents"),
    [
        pytest.param(date(2027, 2, 27), None, date(2027, 2, 27), 0, id="paid ahead"),
        pytest.param(TODAY, None, TODAY, 0, id="paid to today"),
        pytest.param(date(2027, 1, 30), None, TODAY, 0, id="past due ends today"),
        pytest.param(None, None, TODAY, 0, id="nothing was ever paid"),
        pytest.param(date(2027, 2, 27), date(2027, 6, 30), date(2027, 2, 27), FEE_CENTS, id="in the commitment"),
        pytest.param(date(2027, 2, 27), date(2027, 2, 28), date(2027, 2, 27), FEE_CENTS, id="one day short"),
        pytest.param(date(2027, 2, 27), date(2027, 2, 27), date(2027, 2, 27), 0, id="paid to the commitment's end"),
        pytest.param(date(2027, 12, 31), date(2027, 6, 30), date(2027, 12, 31), 0, id="a year paid ahead"),
        pytest.param(date(2027, 2, 27), date(2027, 1, 5), date(2027, 2, 27), 0, id="after the commitment"),
        pytest.param(date(2027, 1, 30), date(2027, 6, 30), TODAY, FEE_CENTS, id="past due in the commitment"),
    ],
)
def test_cancelling_ends_with_what_is_paid(
    paid_through: date | None, until: date | None, ends_on: date, fee_cents: int
) -> None:
    assert cancellation(paid_through, TODAY, until, FEE_CENTS) == Cancellation(ends_on, fee_cents)


def test_staff_may_waive_the_commitment() -> None:
    waived = cancellation(date(2027, 2, 27), TODAY, date(2027, 6, 30), FEE_CENTS, commitment_waived=True)
    assert waived.fee_cents == 0


@given(st.none() | days, days)
def test_a_cancelled_membership_never_ends_in_the_past_nor_before_what_is_paid(
    paid_through: date | None, today: date
) -> None:
    ends_on = cancellation(paid_through, today, None, 0).ends_on
    assert ends_on >= today
    assert paid_through is None or ends_on >= paid_through
    assert ends_on in {today, paid_through}


@pytest.mark.parametrize(
    ("started_on", "months", "until"),
    [
        (date(2027, 1, 10), 6, date(2027, 7, 9)),
        (date(2027, 8, 31), 6, date(2028, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2027, 1, 1), 0, None),
    ],
)
def test_a_commitment_names_its_last_day(started_on: date, months: int, until: date | None) -> None:
    assert commitment_until(started_on, months) == until


def test_a_negative_commitment_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        commitment_until(TODAY, -1)
