"""What the page says about each outcome of a payment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from portal.rules.decline_words import decline_words
from portal.services.billing.on_session import (
    Authenticate,
    Confirm,
    Declined,
    Outcome,
    Paid,
    StripeMisused,
    StripeRefused,
    StripeUnanswered,
    Waiting,
)
from portal.services.membership.enrollment import AlreadyMember, NotOpen
from portal.services.membership.enrollment_payment import ReadAgain
from portal.services.membership.pending import CouponGone

log = structlog.get_logger()
NOTHING_LOST = "Nothing was charged, and nothing you entered is lost."
READ_AGAIN = (
    "The price, the dates or the coupon changed meanwhile, so nothing was charged. "
    "Please look at the agreement once more; everything else is kept."
)
COUPON_GONE = "Your coupon was used up a moment ago, so nothing was charged. Please look at the price once more."
ALREADY_MEMBER = "You are already a member of this plan. Nothing was charged."
UNCERTAIN = (
    "We have not heard from the bank yet. Please wait a moment and press the button again: you are never charged twice."
)
UNREACHABLE = (
    "Our payment provider does not answer just now. Nothing you entered is lost, and you are never charged twice. "
    "Please try again in a minute."
)
NOT_AVAILABLE = (
    "Our payment provider cannot take payments just now. Nothing was charged, and nothing you entered is lost. "
    "Please try again later."
)
UNKNOWN_YET = (
    "Our payment provider does not answer just now, so we do not know yet what became of your payment. "
    "Please reload this page in a minute: you are never charged twice."
)
ANSWER_THE_BANK = (
    "Your bank wants you to confirm this payment, and that was not finished. "
    "Nothing was charged. Press the button again and answer your bank’s question; it needs JavaScript."
)


@dataclass(frozen=True)
class Answer:
    """A sentence for the patient, a secret for the card field's script, or another step to go to."""

    text: str = ""
    advice: str = ""
    status: int = 422
    step: str | None = None
    flash: str | None = None
    client_secret: str | None = None
    is_next_action: bool = False


def answer_to(act: Callable[[], Outcome], away: str | None = None) -> Answer:
    """Runs a payment's verb and words its outcome, refusals included; `away` is said when Stripe cannot be asked."""
    try:
        return _of_outcome(act())
    except ReadAgain:
        log.info("refused", reason="not the price that was shown and signed")
        return Answer(step="agreement", flash=READ_AGAIN)
    except CouponGone:
        return Answer(step="agreement", flash=COUPON_GONE)
    except AlreadyMember:
        return Answer(step="plan", flash=ALREADY_MEMBER)
    except NotOpen:
        return Answer(step="plan")
    except StripeUnanswered as error:
        log.warning("payment unanswered", reason=str(error))
        return Answer(away or UNREACHABLE, status=503)
    except (StripeRefused, StripeMisused) as error:
        log.warning("payment refused", reason=str(error))
        return Answer(away or NOT_AVAILABLE, status=503)


def _of_outcome(outcome: Outcome) -> Answer:
    match outcome:
        case Paid():
            return Answer(step="done")
        case Confirm(client_secret):
            return Answer(ANSWER_THE_BANK, status=200, client_secret=client_secret)
        case Authenticate(client_secret):
            return Answer(ANSWER_THE_BANK, status=200, client_secret=client_secret, is_next_action=True)
        case Declined(code, decline_code):
            words = decline_words(code, decline_code)
            return Answer(f"{words.reason} {NOTHING_LOST}", words.advice)
        case Waiting():
            return Answer(UNCERTAIN)
