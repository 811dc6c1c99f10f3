"""Integer cents: shares round down, discounts and credits round up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.money import MINIMUM_CHARGE_CENTS, minimum_charge, percent_up, share_down, share_up
from tests.rules.strategies import cents


@pytest.mark.parametrize(
    ("amount", "part", "whole", "down", "up"),
    [
        (2495, 9, 31, 724, 725),
        (5000, 22, 31, 3548, 3549),
        (100, 1, 3, 33, 34),
        (100, 3, 3, 100, 100),
        (100, 0, 31, 0, 0),
        (0, 5, 31, 0, 0),
    ],
)
def test_a_share_gives_the_odd_part_of_a_cent_to_the_patient(
    amount: int, part: int, whole: int, down: int, up: int
) -> None:
    assert share_down(amount, part, whole) == down
    assert share_up(amount, part, whole) == up


@given(cents, st.integers(1, 366), st.data())
def test_the_two_parts_of_a_split_fee_never_cost_more_than_the_fee(
    amount: int, whole: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, whole))
    charged = share_down(amount, part, whole) + share_down(amount, whole - part, whole)
    assert amount - 1 <= charged <= amount
    assert share_down(amount, part, whole) <= Fraction(amount * part, whole) <= share_up(amount, part, whole)
    assert share_up(amount, part, whole) - share_down(amount, part, whole) <= 1


@pytest.mark.parametrize(
    ("amount", "percent", "off"), [(9900, 20, 1980), (3548, 20, 710), (1, 1, 1), (999, 100, 999), (0, 50, 0)]
)
def test_a_percentage_is_rounded_up(amount: int, percent: int, off: int) -> None:
    assert percent_up(amount, percent) == off


@pytest.mark.parametrize("percent", [0, -5, 101])
def test_a_percentage_outside_1_to_100_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="percentage"):
        percent_up(1000, percent)


@pytest.mark.parametrize(("amount", "part", "whole"), [(-1, 1, 2), (100, -1, 2), (100, 3, 2), (100, 0, 0)])
def test_what_is_no_share_is_refused(amount: int, part: int, whole: int) -> None:
    with pytest.raises(ValueError):
        share_down(amount, part, whole)
    with pytest.raises(ValueError):
        share_up(amount, part, whole)


def test_the_smallest_charge_is_known_for_each_currency_in_either_case() -> None:
    assert minimum_charge("USD") == minimum_charge("usd") == 50
    assert set(MINIMUM_CHARGE_CENTS) == {"USD", "CAD", "EUR", "GBP", "AUD"}


def test_an_unknown_currency_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="XXX"):
        minimum_charge("XXX")
