"""Stripe's documented test cards, and what the bank behind each answers when it is charged."""

from enum import Enum
from typing import NamedTuple

from sandbox.stripe.declines import AUTHENTICATION_REQUIRED

SUCCEED = "succeed"


class Asks(Enum):
    """When the bank wants 3-D Secure."""

    NEVER = "never"
    ALWAYS = "always"
    UNLESS_SET_UP = "on-session always; off-session unless the card was set up"
    ON_SESSION = "on-session only, as if the card had been set up elsewhere"


class Card(NamedTuple):
    """A test card; `saves` is false where attaching it already meets its decline, as documented."""

    number: str
    alias: str
    brand: str = "visa"
    outcome: str = SUCCEED
    asks: Asks = Asks.NEVER
    saves: bool = True
    disputed: bool = False


def _declining(number: str, alias: str, outcome: str) -> Card:
    return Card(number, alias, outcome=outcome, saves=False)


_CARDS = [
    Card("4242424242424242", "visa"),
    Card("4000056655665556", "visa_debit"),
    Card("5555555555554444", "mastercard", "mastercard"),
    Card("2223003122003222", "mastercard_2", "mastercard"),
    Card("5200828282828210", "mastercard_debit", "mastercard"),
    Card("5105105105105100", "mastercard_prepaid", "mastercard"),
    Card("378282246310005", "amex", "amex"),
    Card("6011111111111117", "discover", "discover"),
    Card("3056930009020004", "diners", "diners"),
    Card("3566002020360505", "jcb", "jcb"),
    Card("6200000000000005", "unionpay", "unionpay"),
    _declining("4000000000000002", "chargeDeclined", "generic_decline"),
    _declining("4000000000009995", "chargeDeclinedInsufficientFunds", "insufficient_funds"),
    _declining("4000000000009987", "chargeDeclinedLostCard", "lost_card"),
    _declining("4000000000009979", "chargeDeclinedStolenCard", "stolen_card"),
    _declining("4000000000000069", "chargeDeclinedExpiredCard", "expired_card"),
    _declining("4000000000000127", "chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    _declining("4000000000000119", "chargeDeclinedProcessingError", "processing_error"),
    _declining("4000000000006975", "chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
    _declining("4100000000000019", "chargeDeclinedFraudulent", "fraudulent"),
    Card("4000000000000341", "chargeCustomerFail", outcome="generic_decline"),
    Card("4000002500003155", "authenticationRequiredOnSetup", asks=Asks.UNLESS_SET_UP),
    Card("4000002760003184", "authenticationRequired", asks=Asks.ALWAYS),
    Card("4000003800000446", "authenticationRequiredSetupForOffSession", asks=Asks.ON_SESSION),
    Card(
        "4000008260003178",
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        outcome="insufficient_funds",
        asks=Asks.UNLESS_SET_UP,
    ),
    Card("4000000000003220", "threeDSecure2Required", asks=Asks.ALWAYS),
    Card("4000008400001629", "threeDSecureRequiredChargeDeclined", outcome="generic_decline", asks=Asks.ALWAYS),
    Card("4000000000003055", "threeDSecureOptional"),
    Card("4000000000000259", "createDispute", disputed=True),
]
_BY_NUMBER = {card.number: card for card in _CARDS}
_BY_ALIAS = {card.alias: card for card in _CARDS} | {
    f"visa_{card.alias}": card for card in _CARDS if card.alias.startswith("chargeDeclined")
}


def card_numbered(number: str) -> Card | None:
    """The test card with that number."""
    return _BY_NUMBER.get(number)


def card_of_alias(id_: str) -> Card | None:
    """The test card behind `pm_card_visa` or `tok_visa`."""
    for prefix in ("pm_card_", "tok_"):
        if id_.startswith(prefix):
            return _BY_ALIAS.get(id_.removeprefix(prefix))
    return None


def bank_answer(card: Card, *, off_session: bool, authenticated: bool, set_up: bool, attached: bool) -> str:
    """`succeed`, `authentication_required` or a decline code, for one charge.

    `set_up`: 3-D Secure was passed when the card was saved; `attached`: it was saved before this charge.
    """
    if _asks(card, off_session=off_session, authenticated=authenticated, set_up=set_up):
        return AUTHENTICATION_REQUIRED
    # 0341 declines charges of the customer it is saved for, not the first one that saves it.
    if card.alias == "chargeCustomerFail" and not (attached or off_session):
        return SUCCEED
    return card.outcome


def saving_answer(card: Card, *, authenticated: bool) -> str:
    """The same, for saving the card without a charge."""
    if not card.saves:
        return card.outcome
    if card.asks in (Asks.ALWAYS, Asks.UNLESS_SET_UP) and not authenticated:
        return AUTHENTICATION_REQUIRED
    return SUCCEED


def _asks(card: Card, *, off_session: bool, authenticated: bool, set_up: bool) -> bool:
    match card.asks:
        case Asks.NEVER:
            return False
        case Asks.ALWAYS:
            return not authenticated
        case Asks.UNLESS_SET_UP if off_session:
            return not set_up
        case Asks.ON_SESSION if off_session:
            return False
    return not authenticated


def is_luhn_valid(number: str) -> bool:
    """The check digit every card number carries."""
    digits = [int(char) for char in reversed(number)]
    return sum(digits[::2]) % 10 == -sum(d * 2 - 9 * (d > 4) for d in digits[1::2]) % 10
