"""Integer cents: shares, percentages and the smallest amount a card can be charged."""

MINIMUM_CHARGE_CENTS: dict[str, int] = {"USD": 50, "CAD": 50, "EUR": 50, "GBP": 30, "AUD": 50}
"""Stripe's documented minimum charge, by settlement currency (docs.stripe.com/currencies)."""


def minimum_charge(currency: str) -> int:
    """The smallest chargeable amount in cents; ValueError for a currency no clinic may use."""
    try:
        return MINIMUM_CHARGE_CENTS[currency.upper()]
    except KeyError:
        raise ValueError(f"no minimum charge is known for the currency {currency!r}") from None


def share_down(cents: int, part: int, whole: int) -> int:
    """`part` of `whole` of an amount, rounded down to the cent: for what a patient is asked."""
    _require_share(cents, part, whole)
    return cents * part // whole


def share_up(cents: int, part: int, whole: int) -> int:
    """`part` of `whole` of an amount, rounded up to the cent: for what a patient is given."""
    _require_share(cents, part, whole)
    return -(-cents * part // whole)


def percent_up(cents: int, percent: int) -> int:
    """A whole percentage, 1 to 100, of an amount, rounded up to the cent: for discounts."""
    if not 1 <= percent <= 100:
        raise ValueError(f"a percentage is a whole number from 1 to 100, not {percent}")
    return share_up(cents, percent, 100)


def _require_share(cents: int, part: int, whole: int) -> None:
    if cents < 0:
        raise ValueError(f"an amount to share is not negative: {cents}")
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"{part} of {whole} is not a share")
