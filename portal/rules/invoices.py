"""The lines and the total of what a membership is asked for: at its start, and for each period after."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.calendar import ONE_DAY, Period, Schedule, full_period, period_from
from portal.rules.coupons import Discount, discount_charge
from portal.rules.money import minimum_charge, share_down


class LineKind(StrEnum):
    """What a line of an invoice is for."""

    FEE = "fee"
    PRORATION = "proration"
    SETUP_FEE = "setup_fee"
    COUPON = "coupon"
    CREDIT = "credit"
    WAIVED = "waived"
    CANCELLATION_FEE = "cancellation_fee"


FEE_KINDS = frozenset({LineKind.FEE, LineKind.PRORATION})


@dataclass(frozen=True, slots=True)
class Line:
    """One line; coupon, credit and waived lines are negative.

    A coupon line with a period is taken off the membership fee, one without off the set-up fee.
    A proration line tells its share: `days` of `of_days`.
    """

    kind: LineKind
    cents: int
    period: Period | None = None
    coupon_code: str | None = None
    days: int | None = None
    of_days: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a membership costs and when, as copied onto it at enrollment; a waived set-up fee is 0."""

    fee_cents: int
    setup_fee_cents: int
    currency: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked for one period, from the day `on`; the total is the sum of the lines, never below zero.

    `subtotal_cents` is before coupon, credit and waiving. `is_waived`: the total was above zero and
    below the currency's minimum charge, and a WAIVED line made it zero.
    `discount_after` is the discount to keep for the next charge (None: there was none; it may be spent).
    """

    on: date
    period: Period
    lines: tuple[Line, ...]
    total_cents: int
    subtotal_cents: int
    discount_after: Discount | None
    is_waived: bool

    @property
    def credit_used_cents(self) -> int:
        """How much of the offered credit went into this charge."""
        return -sum(line.cents for line in self.lines if line.kind is LineKind.CREDIT)

    @property
    def net_fee_cents(self) -> int:
        """The fee after coupon and waiving, without the set-up fee: what held days are credited from."""
        # A waived total may stand for a little of the set-up fee too, hence never below zero.
        of_fee = FEE_KINDS | {LineKind.COUPON, LineKind.WAIVED}
        return max(0, sum(line.cents for line in self.lines if line.period and line.kind in of_fee))


def first_charge(
    terms: Terms,
    starts_on: date,
    discount: Discount | None = None,
    coupon_code: str | None = None,
    prorate: bool = True,
) -> Charge:
    """The charge that begins a membership: the set-up fee, and the days until the first regular draw.

    Prorated unless it starts on a draw date. `prorate=False` asks the full fee for those days; a coupon
    then takes it as a full fee.
    """
    period = period_from(terms.schedule, starts_on)
    fee = _fee_line(terms, period) if prorate else Line(LineKind.FEE, terms.fee_cents, period)
    return _charge(terms, fee, terms.setup_fee_cents, discount, coupon_code, credit_cents=0)


def period_charge(
    terms: Terms,
    period: Period,
    discount: Discount | None = None,
    coupon_code: str | None = None,
    credit_cents: int = 0,
) -> Charge:
    """The charge for a period: the full fee for a period of the grid, a prorated one for a part of it.

    A credit is used up to what is left after the coupon. ValueError when the period reaches over a draw date.
    """
    return _charge(terms, _fee_line(terms, period), 0, discount, coupon_code, credit_cents)


def coming_charges(
    terms: Terms,
    first_on: date,
    discount: Discount | None,
    coupon_code: str | None,
    count: int,
    credit_cents: int = 0,
) -> tuple[Charge, ...]:
    """The next `count` draws, from the one on `first_on`, with what each leaves of coupon and credit."""
    charges: list[Charge] = []
    starts_on = first_on
    for _ in range(count):
        period = period_from(terms.schedule, starts_on)
        charge = period_charge(terms, period, discount, coupon_code, credit_cents)
        charges.append(charge)
        discount = charge.discount_after
        credit_cents -= charge.credit_used_cents
        starts_on = period.ends_on + ONE_DAY
    return tuple(charges)


def _fee_line(terms: Terms, period: Period) -> Line:
    whole = full_period(terms.schedule, period.starts_on)
    if period == whole:
        return Line(LineKind.FEE, terms.fee_cents, period)
    if period.ends_on > whole.ends_on:
        raise ValueError(f"the period {period.starts_on} to {period.ends_on} reaches over a draw date")
    cents = share_down(terms.fee_cents, period.days, whole.days)
    return Line(LineKind.PRORATION, cents, period, days=period.days, of_days=whole.days)


def _charge(
    terms: Terms,
    fee: Line,
    setup_fee_cents: int,
    discount: Discount | None,
    coupon_code: str | None,
    credit_cents: int,
) -> Charge:
    if min(terms.fee_cents, setup_fee_cents, credit_cents) < 0:
        raise ValueError("fees and credits are not negative")
    period = fee.period
    assert period is not None  # every fee line is made with its period
    lines = [fee, Line(LineKind.SETUP_FEE, setup_fee_cents)]
    after = discount
    if discount is not None:
        off = discount_charge(discount, fee.cents, setup_fee_cents, fee.kind is LineKind.FEE)
        lines.append(Line(LineKind.COUPON, -off.on_fee_cents, period, coupon_code))
        lines.append(Line(LineKind.COUPON, -off.on_setup_fee_cents, None, coupon_code))
        after = off.after
    lines.append(Line(LineKind.CREDIT, -min(credit_cents, _sum(lines))))
    asked_cents = _sum(lines)
    is_waived = 0 < asked_cents < minimum_charge(terms.currency)
    lines.append(Line(LineKind.WAIVED, -asked_cents if is_waived else 0, period))
    return Charge(
        on=period.starts_on,
        period=period,
        lines=tuple(line for line in lines if line.cents or line.kind in FEE_KINDS),
        total_cents=_sum(lines),
        subtotal_cents=fee.cents + setup_fee_cents,
        discount_after=after,
        is_waived=is_waived,
    )


def _sum(lines: list[Line]) -> int:
    return sum(line.cents for line in lines)
