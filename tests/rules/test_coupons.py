"""What coupons take off, how long they last, and why a code is refused."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.coupons import (
    AmountKind,
    Discount,
    Duration,
    Refusal,
    code_key,
    discount_charge,
    refusal,
    starting_discount,
)
from tests.rules.strategies import cents, discounts

PERCENT, DOLLAR = AmountKind
ONCE, PERIODS, FOREVER = Duration
TODAY = date(2027, 1, 31)

a_charge = st.tuples(cents, cents, st.booleans())


@given(discounts(), st.lists(a_charge, max_size=20))
def test_no_discount_takes_more_than_the_charge_or_gives_anything_back(
    discount: Discount, charges: list[tuple[int, int, bool]]
) -> None:
    for fee_cents, setup_fee_cents, is_full_fee in charges:
        off = discount_charge(discount, fee_cents, setup_fee_cents, is_full_fee)
        assert 0 <= off.on_fee_cents <= fee_cents
        assert 0 <= off.on_setup_fee_cents <= (setup_fee_cents if discount.on_setup_fee else 0)
        if discount.is_spent:
            assert (off.on_fee_cents, off.on_setup_fee_cents, off.after) == (0, 0, discount)
        discount = off.after


@given(st.integers(1, 50_000), st.booleans(), st.lists(a_charge, max_size=20))
def test_a_single_use_dollar_coupon_gives_its_amount_in_all_and_no_more(
    amount: int, on_setup_fee: bool, charges: list[tuple[int, int, bool]]
) -> None:
    discount = starting_discount(DOLLAR, amount, ONCE, on_setup_fee)
    given_cents = 0
    for fee_cents, setup_fee_cents, is_full_fee in [*charges, (amount, 0, True)]:
        off = discount_charge(discount, fee_cents, setup_fee_cents, is_full_fee)
        given_cents += off.on_fee_cents + off.on_setup_fee_cents
        assert off.after.cents_left == amount - given_cents
        discount = off.after
    assert given_cents == amount
    assert discount.is_spent


@given(st.sampled_from(AmountKind), st.integers(1, 12), st.lists(st.booleans(), max_size=40))
def test_a_limited_time_coupon_counts_full_fees_only(kind: AmountKind, periods: int, full_fees: list[bool]) -> None:
    discount = starting_discount(kind, 20, PERIODS, periods=periods)
    discounted_full_fees = 0
    for is_full_fee in [*full_fees, *[True] * periods, True]:
        was_spent = discount.is_spent
        off = discount_charge(discount, 9900, 0, is_full_fee)
        assert (off.on_fee_cents > 0) is not was_spent
        discounted_full_fees += is_full_fee and not was_spent
        discount = off.after
    assert discounted_full_fees == periods
    assert discount.is_spent


@given(st.sampled_from(AmountKind), st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_forever_coupon_never_wears_out(kind: AmountKind, full_fees: list[bool]) -> None:
    discount = starting_discount(kind, 10, FOREVER)
    for is_full_fee in full_fees:
        off = discount_charge(discount, 9900, 5000, is_full_fee)
        assert off.on_fee_cents == (990 if kind is PERCENT else 10)
        assert off.after == discount
        assert not discount.is_spent


def test_a_single_use_percentage_waits_for_the_first_full_fee() -> None:
    discount = starting_discount(PERCENT, 20, ONCE)
    waiting = discount_charge(discount, 3548, 2000, is_full_fee=False)
    used = discount_charge(waiting.after, 5000, 0, is_full_fee=True)
    assert (waiting.on_fee_cents, waiting.on_setup_fee_cents) == (0, 0)
    assert not waiting.after.is_spent
    assert used.on_fee_cents == 1000
    assert used.after.is_spent


def test_a_single_use_percentage_on_the_set_up_fee_takes_it_when_it_is_charged_and_still_waits() -> None:
    waiting = discount_charge(starting_discount(PERCENT, 20, ONCE, True), 3548, 2000, is_full_fee=False)
    assert (waiting.on_fee_cents, waiting.on_setup_fee_cents) == (0, 400)
    assert discount_charge(waiting.after, 5000, 0, is_full_fee=True).on_fee_cents == 1000


def test_a_dollar_coupon_of_several_periods_keeps_no_remainder() -> None:
    first = discount_charge(starting_discount(DOLLAR, 6000, PERIODS, periods=2), 5000, 0, is_full_fee=True)
    second = discount_charge(first.after, 9900, 0, is_full_fee=True)
    assert (first.on_fee_cents, second.on_fee_cents) == (5000, 6000)
    assert second.after.is_spent


def test_a_dollar_coupon_on_the_set_up_fee_is_one_amount_for_both_fees() -> None:
    off = discount_charge(starting_discount(DOLLAR, 6000, FOREVER, True), 5000, 2000, is_full_fee=True)
    assert (off.on_fee_cents, off.on_setup_fee_cents) == (5000, 1000)


@pytest.mark.parametrize(("kind", "amount"), [(PERCENT, 100), (DOLLAR, 10_000)])
def test_a_single_use_discount_read_without_counters_is_untouched(kind: AmountKind, amount: int) -> None:
    bare = Discount(kind, amount, ONCE)
    assert not bare.is_spent
    assert discount_charge(bare, 5000, 0, is_full_fee=True).on_fee_cents == 5000


@pytest.mark.parametrize(
    "terms",
    [
        (PERCENT, 0, ONCE), (PERCENT, 101, ONCE), (DOLLAR, 0, FOREVER), (DOLLAR, -5, ONCE),
        (PERCENT, 10, PERIODS), (PERCENT, 10, PERIODS, False, -1), (DOLLAR, 10, ONCE, False, None, -1),
    ],
)  # fmt: skip
def test_an_impossible_discount_is_refused(terms: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError):
        Discount(*terms)


def asked(**changes: Any) -> Refusal | None:
    redeemable: dict[str, Any] = {
        "expires_on": None, "today": TODAY, "is_off": False, "used": 0, "max_uses": None,
        "plan_allowed": True, "used_by_patient": False,
    }  # fmt: skip
    return refusal(**{**redeemable, **changes})


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, None),
        ({"expires_on": TODAY}, None),
        ({"expires_on": date(2027, 1, 30)}, Refusal.EXPIRED),
        ({"starts_on": TODAY}, None),
        ({"starts_on": date(2027, 2, 1)}, Refusal.NOT_YET),
        ({"max_uses": 5, "used": 4}, None),
        ({"max_uses": 5, "used": 5}, Refusal.USED_UP),
        ({"max_uses": 0}, Refusal.USED_UP),
        ({"plan_allowed": False}, Refusal.WRONG_PLAN),
        ({"used_by_patient": True}, Refusal.ALREADY_USED),
        ({"used_by_patient": True, "max_uses": 1, "used": 1}, Refusal.ALREADY_USED),
        ({"is_off": True, "expires_on": date(2020, 12, 31)}, Refusal.SWITCHED_OFF),
        ({"expires_on": date(2020, 12, 31), "plan_allowed": False}, Refusal.EXPIRED),
    ],
)
def test_a_code_is_refused_for_its_most_telling_reason(changes: dict[str, Any], answer: Refusal | None) -> None:
    assert asked(**changes) is answer


@pytest.mark.parametrize("typed", ["SPRING20", "spring20", "  Spring20\n", "\tsPRING20 "])
def test_codes_ignore_case_and_outer_space(typed: str) -> None:
    assert code_key(typed) == "spring20"


def test_inner_space_makes_another_code() -> None:
    assert code_key("SPRING 20") != code_key("SPRING20")
