"""What a coupon takes off a charge, what is left of it afterwards, and why a code is refused."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from portal.rules.money import percent_up


class AmountKind(StrEnum):
    """Whether a coupon's amount is a whole percentage or cents."""

    PERCENT = "percent"
    DOLLAR = "dollar"


class Duration(StrEnum):
    """How long a coupon discounts: once, for a number of full periods, or for ever."""

    ONCE = "once"
    PERIODS = "periods"
    FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon running on a membership: its terms as redeemed, and what is left of it.

    `amount` is a percentage or cents. `periods_left` counts the full periods still to discount (needed
    for PERIODS; ONCE with a percentage counts 1, and None means untouched). `cents_left` is what
    remains of a single-use dollar coupon (None: all of it). Begin one with `starting_discount`.
    """

    amount_kind: AmountKind
    amount: int
    duration: Duration
    on_setup_fee: bool = False
    periods_left: int | None = None
    cents_left: int | None = None

    def __post_init__(self) -> None:
        if self.amount < 1 or (self.amount_kind is AmountKind.PERCENT and self.amount > 100):
            raise ValueError(f"a coupon cannot be worth {self.amount} ({self.amount_kind})")
        if self.duration is Duration.PERIODS and self.periods_left is None:
            raise ValueError("a coupon for a number of periods needs that number")
        if min(self.periods_left or 0, self.cents_left or 0) < 0:
            raise ValueError("what is left of a coupon is not negative")

    @property
    def is_spent(self) -> bool:
        """True when no later charge is discounted any more."""
        return self.periods_left == 0 or self.cents_left == 0


@dataclass(frozen=True, slots=True)
class Discounted:
    """Cents taken off the membership fee and off the set-up fee, and the discount as it then stands."""

    on_fee_cents: int
    on_setup_fee_cents: int
    after: Discount


class Refusal(StrEnum):
    """Why a coupon's code cannot be redeemed; UNKNOWN is for the one who looked it up in vain."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED_UP = "used_up"
    WRONG_PLAN = "wrong_plan"
    ALREADY_USED = "already_used"
    SWITCHED_OFF = "switched_off"
    NOT_YET = "not_yet"


def starting_discount(
    amount_kind: AmountKind,
    amount: int,
    duration: Duration,
    on_setup_fee: bool = False,
    periods: int | None = None,
) -> Discount:
    """The discount of a coupon just redeemed, with everything still left; `periods` is for PERIODS."""
    is_once_percent = duration is Duration.ONCE and amount_kind is AmountKind.PERCENT
    is_once_dollar = duration is Duration.ONCE and amount_kind is AmountKind.DOLLAR
    return Discount(
        amount_kind,
        amount,
        duration,
        on_setup_fee,
        periods_left=1 if is_once_percent else periods if duration is Duration.PERIODS else None,
        cents_left=amount if is_once_dollar else None,
    )


def discount_charge(discount: Discount, fee_cents: int, setup_fee_cents: int, is_full_fee: bool) -> Discounted:
    """What a running discount takes off one charge; never more than the charge itself.

    Percentages round up, in the patient's favour. The set-up fee is touched only where the coupon says so.
    A charge that is not a full fee (`is_full_fee` False: a prorated one) uses up no period.
    """
    if discount.is_spent:
        return Discounted(0, 0, discount)
    setup_fee_cents = setup_fee_cents if discount.on_setup_fee else 0
    if discount.amount_kind is AmountKind.PERCENT:
        return _percent_off(discount, fee_cents, setup_fee_cents, is_full_fee)
    return _dollars_off(discount, fee_cents, setup_fee_cents, is_full_fee)


def refusal(
    expires_on: date | None,
    today: date,
    is_off: bool,
    used: int,
    max_uses: int | None,
    plan_allowed: bool,
    used_by_patient: bool,
    starts_on: date | None = None,
) -> Refusal | None:
    """Why a known coupon cannot be redeemed today, the most telling reason first; None when it can.

    `starts_on` and `expires_on` are themselves days on which the code works.
    """
    reasons = {
        Refusal.SWITCHED_OFF: is_off,
        Refusal.NOT_YET: starts_on is not None and today < starts_on,
        Refusal.EXPIRED: expires_on is not None and today > expires_on,
        Refusal.WRONG_PLAN: not plan_allowed,
        Refusal.ALREADY_USED: used_by_patient,
        Refusal.USED_UP: max_uses is not None and used >= max_uses,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def code_key(text: str) -> str:
    """The form in which codes are compared: outer space dropped, case ignored."""
    return text.strip().casefold()


def _percent_off(discount: Discount, fee_cents: int, setup_fee_cents: int, is_full_fee: bool) -> Discounted:
    waits = discount.duration is Duration.ONCE and not is_full_fee
    return Discounted(
        0 if waits else percent_up(fee_cents, discount.amount),
        percent_up(setup_fee_cents, discount.amount),
        _one_period_less(discount) if is_full_fee else discount,
    )


def _dollars_off(discount: Discount, fee_cents: int, setup_fee_cents: int, is_full_fee: bool) -> Discounted:
    left_cents = discount.amount if discount.cents_left is None else discount.cents_left
    on_fee_cents = min(left_cents, fee_cents)
    on_setup_fee_cents = min(left_cents - on_fee_cents, setup_fee_cents)
    if discount.duration is Duration.ONCE:
        after = replace(discount, cents_left=left_cents - on_fee_cents - on_setup_fee_cents)
    else:
        after = _one_period_less(discount) if is_full_fee else discount
    return Discounted(on_fee_cents, on_setup_fee_cents, after)


def _one_period_less(discount: Discount) -> Discount:
    match discount.duration:
        case Duration.FOREVER:
            return discount
        case Duration.ONCE:
            return replace(discount, periods_left=0)
        case Duration.PERIODS:
            return replace(discount, periods_left=(discount.periods_left or 0) - 1)
