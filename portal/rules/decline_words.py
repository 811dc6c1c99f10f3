"""What a patient reads when the bank says no: why, as far as it may be told, and what to do."""

from typing import NamedTuple


class DeclineWords(NamedTuple):
    """Two plain sentences: what the bank said, and the way on."""

    reason: str
    advice: str


ANOTHER_CARD = "Please use another card, or call the bank whose number is on the back of this one."
GENERIC = DeclineWords("Your bank declined the card without saying why.", ANOTHER_CARD)
NOT_CONFIRMED = DeclineWords(
    "Your bank could not confirm that it is you.",
    "Please try again and answer your bank’s question, or use another card.",
)
NO_CARD = DeclineWords("This card can no longer be used.", "Please use another card.")
NOT_FINISHED = DeclineWords("The payment was not finished.", "Please press the button once more.")

# Stripe's decline codes first, then its error codes (docs.stripe.com/declines/codes, docs.stripe.com/error-codes).
WORDS: dict[str, DeclineWords] = {
    "insufficient_funds": DeclineWords(
        "The card does not have enough money available.", "Please use another card, or try again later."
    ),
    "withdrawal_count_limit_exceeded": DeclineWords(
        "The card has reached its limit.", "Please use another card, or try again later."
    ),
    "card_velocity_exceeded": DeclineWords(
        "The card has reached its limit.", "Please use another card, or try again later."
    ),
    "expired_card": DeclineWords("The card has expired.", "Please use another card."),
    "incorrect_cvc": DeclineWords(
        "The security code does not fit the card.", "Please check the three or four digits and try again."
    ),
    "invalid_cvc": DeclineWords(
        "The security code does not fit the card.", "Please check the three or four digits and try again."
    ),
    "incorrect_number": DeclineWords("The card number is not right.", "Please check it and try again."),
    "invalid_number": DeclineWords("The card number is not right.", "Please check it and try again."),
    "invalid_expiry_month": DeclineWords("The expiry date is not right.", "Please check it and try again."),
    "invalid_expiry_year": DeclineWords("The expiry date is not right.", "Please check it and try again."),
    "incorrect_zip": DeclineWords("The ZIP code does not fit the card.", "Please check it and try again."),
    "card_not_supported": DeclineWords("The card does not allow this kind of payment.", ANOTHER_CARD),
    "currency_not_supported": DeclineWords("The card does not allow this currency.", ANOTHER_CARD),
    "authentication_required": NOT_CONFIRMED,
    "authentication_not_handled": NOT_CONFIRMED,
    "payment_intent_authentication_failure": NOT_CONFIRMED,
    "setup_intent_authentication_failure": NOT_CONFIRMED,
    "processing_error": DeclineWords(
        "The bank could not be asked just now.", "Please try again in a moment, or use another card."
    ),
    "issuer_not_available": DeclineWords(
        "The bank could not be asked just now.", "Please try again in a moment, or use another card."
    ),
    "try_again_later": DeclineWords(
        "The bank could not be asked just now.", "Please try again in a moment, or use another card."
    ),
    "no_card": NO_CARD,
    "never_arrived": NOT_FINISHED,
    "canceled": NOT_FINISHED,
    "superseded": NOT_FINISHED,
}


def decline_words(code: str | None, decline_code: str | None) -> DeclineWords:
    """The words for a decline; the bank's own code says more than Stripe's. Without any code it was never confirmed.

    A lost, stolen or suspected card reads like any other decline, as Stripe asks: whoever holds it must not learn why.
    """
    if decline_code in WORDS:
        return WORDS[decline_code]
    if decline_code is None and code is None:
        return NOT_FINISHED
    return WORDS.get(code or "", GENERIC)
