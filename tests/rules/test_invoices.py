"""The lines and totals of first charges, period charges and the forecast of coming ones."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import Frequency, Period, Schedule, full_period, next_draw_after
from portal.rules.coupons import AmountKind, Discount, Duration, starting_discount
from portal.rules.invoices import Charge, LineKind, Terms, coming_charges, first_charge, period_charge
from portal.rules.money import minimum_charge
from tests.rules.strategies import cents, days, discounts, patient_search, schedules

PERCENT, DOLLAR = AmountKind
ONCE, PERIODS, FOREVER = Duration
FEE, PRORATION, SETUP_FEE, COUPON, CREDIT, WAIVED, CANCELLATION_FEE = LineKind


def monthly(fee_cents: int, draw_day: int, setup_fee_cents: int = 0, currency: str = "USD") -> Terms:
    schedule = Schedule(Frequency.MONTH, draw_day, date(2021, 1, 1))
    return Terms(fee_cents, setup_fee_cents, currency, schedule)


def amounts(charge: Charge) -> list[tuple[LineKind, int]]:
    return [(line.kind, line.cents) for line in charge.lines]


@pytest.mark.parametrize(
    ("fee_cents", "draw_day", "starts_on", "asked_cents", "share"),
    [
        pytest.param(2495, 25, date(2021, 9, 16), 724, (9, 31), id="24.95 from 16 September, drawn on the 25th"),
        pytest.param(5000, 1, date(2021, 8, 10), 3548, (22, 31), id="50.00 from 10 August, drawn on the 1st"),
        pytest.param(9900, 31, date(2027, 2, 27), 353, (1, 28), id="the last day before a short month's end"),
    ],
)
def test_a_first_charge_before_the_draw_day_is_prorated(
    fee_cents: int, draw_day: int, starts_on: date, asked_cents: int, share: tuple[int, int]
) -> None:
    charge = first_charge(monthly(fee_cents, draw_day), starts_on)
    assert amounts(charge) == [(PRORATION, asked_cents)]
    assert (charge.lines[0].days, charge.lines[0].of_days) == share
    assert charge.total_cents == charge.subtotal_cents == asked_cents
    assert charge.on == charge.period.starts_on == starts_on


@pytest.mark.parametrize(
    ("draw_day", "starts_on"),
    [(31, date(2027, 1, 31)), (31, date(2027, 2, 28)), (30, date(2028, 2, 29)), (15, date(2027, 6, 15))],
)
def test_a_start_on_the_draw_date_pays_the_full_fee(draw_day: int, starts_on: date) -> None:
    charge = first_charge(monthly(9900, draw_day, 5000), starts_on)
    assert amounts(charge) == [(FEE, 9900), (SETUP_FEE, 5000)]
    assert charge.total_cents == 14900


def test_an_annual_membership_pays_a_full_year_on_its_joining_date() -> None:
    joined_on = date(2024, 2, 29)
    terms = Terms(199_000, 5000, "USD", Schedule(Frequency.YEAR, 29, joined_on))
    charge = first_charge(terms, joined_on)
    assert amounts(charge) == [(FEE, 199_000), (SETUP_FEE, 5000)]
    assert charge.period == Period(joined_on, date(2025, 2, 27))


def test_an_annual_membership_with_another_anchor_is_prorated_in_its_year() -> None:
    terms = Terms(36_500, 0, "USD", Schedule(Frequency.YEAR, 1, date(2027, 1, 1)))
    charge = first_charge(terms, date(2026, 12, 22))
    assert amounts(charge) == [(PRORATION, 1000)]
    assert (charge.lines[0].days, charge.lines[0].of_days) == (10, 365)


def test_staff_may_ask_the_full_first_fee_and_a_coupon_takes_it_as_one() -> None:
    once = starting_discount(PERCENT, 20, ONCE)
    charge = first_charge(monthly(5000, 1), date(2021, 8, 10), once, "SPRING20", prorate=False)
    assert amounts(charge) == [(FEE, 5000), (COUPON, -1000)]
    assert charge.period == Period(date(2021, 8, 10), date(2021, 8, 31))
    assert charge.discount_after is not None
    assert charge.discount_after.is_spent


@pytest.mark.parametrize(
    ("discount", "off_by_charge"),
    [
        pytest.param(starting_discount(PERCENT, 20, ONCE), [0, 1000, 0, 0, 0], id="20 % once"),
        pytest.param(starting_discount(PERCENT, 20, ONCE, True), [400, 1000, 0, 0, 0], id="20 % once, set-up too"),
        pytest.param(starting_discount(DOLLAR, 10000, ONCE), [3548, 5000, 1452, 0, 0], id="$100 once"),
        pytest.param(starting_discount(DOLLAR, 10000, ONCE, True), [5548, 4452, 0, 0, 0], id="$100, set-up too"),
        pytest.param(starting_discount(DOLLAR, 1000, ONCE), [1000, 0, 0, 0, 0], id="$10 once"),
        pytest.param(
            starting_discount(PERCENT, 20, PERIODS, periods=3),
            [710, 1000, 1000, 1000, 0],
            id="20 %, 3 periods",
        ),
        pytest.param(
            starting_discount(DOLLAR, 1000, PERIODS, periods=3),
            [1000, 1000, 1000, 1000, 0],
            id="$10, 3 periods",
        ),
        pytest.param(starting_discount(PERCENT, 10, FOREVER), [355, 500, 500, 500, 500], id="10 % for ever"),
        pytest.param(starting_discount(PERCENT, 10, FOREVER, True), [555, 500, 500, 500, 500], id="and set-up"),
        pytest.param(starting_discount(DOLLAR, 6000, FOREVER), [3548, 5000, 5000, 5000, 5000], id="$60 for ever"),
    ],
)
def test_each_kind_of_coupon_with_a_prorated_start(discount: Discount, off_by_charge: list[int]) -> None:
    terms = monthly(5000, 1, setup_fee_cents=2000)
    first = first_charge(terms, date(2021, 8, 10), discount, "CODE")
    later = coming_charges(terms, date(2021, 9, 1), first.discount_after, "CODE", 4)

    charges = [first, *later]
    assert [charge.subtotal_cents - charge.total_cents for charge in charges] == off_by_charge
    assert all(line.coupon_code == "CODE" for charge in charges for line in charge.lines if line.kind is COUPON)


def test_a_full_start_uses_up_the_first_of_the_coupons_periods() -> None:
    terms = monthly(9900, 31)
    first = first_charge(terms, date(2027, 1, 31), starting_discount(PERCENT, 20, PERIODS, periods=3), "SPRING20")
    later = coming_charges(terms, date(2027, 2, 28), first.discount_after, "SPRING20", 3)
    assert [first.total_cents, *(charge.total_cents for charge in later)] == [7920, 7920, 7920, 9900]


def test_a_part_of_a_period_within_the_grid_is_prorated() -> None:
    charge = period_charge(monthly(5000, 1), Period(date(2021, 8, 10), date(2021, 8, 31)))
    assert amounts(charge) == [(PRORATION, 3548)]


def test_a_period_over_a_draw_date_is_refused() -> None:
    with pytest.raises(ValueError, match="reaches over a draw date"):
        period_charge(monthly(5000, 1), Period(date(2021, 8, 10), date(2021, 9, 1)))


def test_a_total_below_the_minimum_charge_is_waived_and_one_at_the_minimum_is_not() -> None:
    first_of_may = Period(date(2027, 5, 1), date(2027, 5, 31))
    below = period_charge(monthly(9900, 1), first_of_may, credit_cents=9851)
    at_it = period_charge(monthly(9900, 1), first_of_may, credit_cents=9850)
    assert amounts(below) == [(FEE, 9900), (CREDIT, -9851), (WAIVED, -49)]
    assert (below.total_cents, below.is_waived) == (0, True)
    assert (at_it.total_cents, at_it.is_waived) == (50, False)


def test_the_minimum_is_that_of_the_currency() -> None:
    period = Period(date(2027, 5, 1), date(2027, 5, 31))
    assert period_charge(monthly(40, 1, currency="USD"), period).is_waived
    assert not period_charge(monthly(40, 1, currency="GBP"), period).is_waived


def test_a_first_charge_of_zero_by_coupon_is_not_waived() -> None:
    charge = first_charge(monthly(9900, 31), date(2027, 1, 31), starting_discount(DOLLAR, 10000, ONCE), "WELCOME100")
    assert amounts(charge) == [(FEE, 9900), (COUPON, -9900)]
    assert (charge.total_cents, charge.is_waived) == (0, False)


def test_a_credit_is_used_after_the_coupon_on_the_next_charges_until_it_is_gone() -> None:
    half = starting_discount(PERCENT, 50, FOREVER)
    charges = coming_charges(monthly(10000, 1), date(2027, 5, 1), half, "HALF", 3, credit_cents=8000)
    assert [charge.credit_used_cents for charge in charges] == [5000, 3000, 0]
    assert [charge.total_cents for charge in charges] == [0, 2000, 5000]


def test_the_net_fee_leaves_out_the_set_up_fee_and_what_was_waived_but_counts_what_credit_paid() -> None:
    terms = monthly(9900, 31, setup_fee_cents=5000)
    first = first_charge(terms, date(2027, 1, 31), starting_discount(PERCENT, 20, FOREVER, True), "C")
    assert (first.total_cents, first.net_fee_cents) == (7920 + 4000, 7920)
    by_credit = period_charge(monthly(9900, 31), full_period(terms.schedule, date(2027, 3, 1)), credit_cents=9880)
    assert (by_credit.is_waived, by_credit.net_fee_cents) == (True, 9880)


@pytest.mark.parametrize(("fee_cents", "setup_fee_cents"), [(-1, 0), (100, -1)])
def test_negative_fees_are_refused(fee_cents: int, setup_fee_cents: int) -> None:
    with pytest.raises(ValueError):
        first_charge(monthly(fee_cents, 1, setup_fee_cents), date(2027, 5, 1))


def test_a_negative_credit_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        period_charge(monthly(100, 1), Period(date(2027, 5, 1), date(2027, 5, 31)), credit_cents=-1)


def check(charge: Charge, currency: str) -> None:
    assert charge.total_cents == sum(line.cents for line in charge.lines)
    assert charge.total_cents == 0 or charge.total_cents >= minimum_charge(currency)
    assert 0 <= charge.total_cents <= charge.subtotal_cents
    assert 0 <= charge.net_fee_cents <= charge.lines[0].cents
    assert charge.is_waived is any(line.kind is WAIVED for line in charge.lines)
    assert all((line.cents < 0) is (line.kind in {COUPON, CREDIT, WAIVED}) for line in charge.lines)


@patient_search
@given(
    schedules,
    days,
    cents,
    cents,
    st.sampled_from(["USD", "GBP"]),
    st.none() | discounts(),
    cents,
    st.booleans(),
)
def test_no_charge_is_ever_below_zero_or_too_small_to_ask_for(
    schedule: Schedule,
    starts_on: date,
    fee_cents: int,
    setup_fee_cents: int,
    currency: str,
    discount: Discount | None,
    credit_cents: int,
    prorate: bool,
) -> None:
    terms = Terms(fee_cents, setup_fee_cents, currency, schedule)
    first = first_charge(terms, starts_on, discount, "CODE", prorate)
    check(first, currency)
    next_on = next_draw_after(schedule, starts_on)
    charges = coming_charges(terms, next_on, first.discount_after, "CODE", 4, credit_cents)
    for charge in charges:
        check(charge, currency)
        assert charge.period == full_period(schedule, charge.on)
    assert sum(charge.credit_used_cents for charge in charges) <= credit_cents
