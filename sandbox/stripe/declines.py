"""What a bank's no looks like: code, decline code, advice and message."""

from typing import NamedTuple

from sandbox.stripe.errors import doc_url
from sandbox.stripe.wire import Object

AUTHENTICATION_REQUIRED = "authentication_required"
_LATER, _NEVER, _OTHER_CARD = "try_again_later", "do_not_try_again", "confirm_card_data"


class Decline(NamedTuple):
    """One way to be declined. `code` equals `decline_code` where Stripe has an error code for it."""

    code: str
    decline_code: str
    message: str
    advice_code: str | None


# Codes and messages as Stripe documents them. Which advice goes with which code is the network's choice, not
# documented: these are plausible ones, and a script may name another ("generic_decline/do_not_try_again").
_KNOWN = {
    "generic_decline": ("card_declined", "Your card was declined.", _LATER),
    "do_not_honor": ("card_declined", "Your card was declined.", _LATER),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds.", _LATER),
    "lost_card": ("card_declined", "Your card was declined.", _NEVER),
    "stolen_card": ("card_declined", "Your card was declined.", _NEVER),
    "pickup_card": ("card_declined", "Your card was declined.", _NEVER),
    "fraudulent": ("card_declined", "Your card was declined.", _NEVER),
    "invalid_account": ("card_declined", "Your card was declined.", _NEVER),
    "card_not_supported": ("card_declined", "Your card does not support this type of purchase.", _NEVER),
    "card_velocity_exceeded": (
        "card_declined",
        "Your card was declined for making repeated attempts.",
        _LATER,
    ),
    "test_mode_live_card": (
        "card_declined",
        "Your card was declined. It is not one of the test cards.",
        None,
    ),
    "expired_card": ("expired_card", "Your card has expired.", _OTHER_CARD),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect.", _OTHER_CARD),
    "incorrect_number": ("incorrect_number", "Your card number is incorrect.", _OTHER_CARD),
    "processing_error": ("processing_error", "An error occurred while processing your card.", _LATER),
    AUTHENTICATION_REQUIRED: (
        AUTHENTICATION_REQUIRED,
        "Your card was declined. This transaction requires authentication.",
        None,
    ),
}


def decline(outcome: str) -> Decline:
    """The decline named `insufficient_funds`, or with other advice `insufficient_funds/do_not_try_again`.

    Raises KeyError for a code the sandbox does not know.
    """
    decline_code, _, advice = outcome.partition("/")
    code, message, usual_advice = _KNOWN[decline_code]
    return Decline(code, decline_code, message, advice or usual_advice)


def is_outcome(outcome: str) -> bool:
    """Whether a script may ask for it."""
    return outcome == "succeed" or outcome.partition("/")[0] in _KNOWN


def error_fields(no: Decline, payment_method: Object | None = None, charge: str | None = None) -> Object:
    """The `error` object, which is also the intent's `last_payment_error`."""
    fields: Object = {
        "code": no.code,
        "decline_code": no.decline_code,
        "doc_url": doc_url(no.code),
        "message": no.message,
        "type": "card_error",
    }
    if no.advice_code:
        fields["advice_code"] = no.advice_code
    if charge:
        fields["charge"] = charge
    if payment_method:
        fields["payment_method"] = payment_method
    return fields
