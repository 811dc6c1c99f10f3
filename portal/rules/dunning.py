"""What follows a declined draw: whether and when to ask the card again, and when to give up."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

LAST_DUNNING_DAY = 26
MOST_DUNNING_ATTEMPTS = 4

# Cards that will never pay: asking again only costs the clinic its standing with the networks
# (docs.stripe.com/declines/codes).
HARD_DECLINES = frozenset(
    {
        "lost_card",
        "stolen_card",
        "pickup_card",
        "fraudulent",
        "expired_card",
        "incorrect_number",
        "invalid_account",
        "card_not_supported",
    }
)
# The network's own advice (docs.stripe.com/declines/codes, advice_code) speaks before the code.
STOPPING_ADVICE = frozenset({"do_not_try_again", "confirm_card_data"})
AUTHENTICATION_REQUIRED = "authentication_required"


class Verdict(StrEnum):
    """What a decline asks for: a later attempt, another card, or the patient's own confirmation."""

    RETRY = "retry"
    NEW_CARD = "new_card"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Policy:
    """A clinic's dunning days, counted from the first decline, and whether the membership ends after them.

    One to four rising days of 1 to 26, so that a period is asked for five times at most; else ValueError.
    """

    days: tuple[int, ...] = (1, 3, 7, 14)
    ends_membership: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.days) <= MOST_DUNNING_ATTEMPTS:
            raise ValueError(f"one to {MOST_DUNNING_ATTEMPTS} dunning days, not {len(self.days)}")
        if any(later <= earlier for earlier, later in pairwise(self.days)):
            raise ValueError(f"dunning days must rise: {self.days}")
        if self.days[0] < 1 or self.days[-1] > LAST_DUNNING_DAY:
            raise ValueError(f"dunning days lie between 1 and {LAST_DUNNING_DAY}: {self.days}")


def verdict(code: str | None, decline_code: str | None, advice_code: str | None) -> Verdict:
    """What to do after Stripe's `code`, `decline_code` and `advice_code` of a decline; any may be missing.

    Advice to stop comes first; advice to try later never revives a card that is lost, stolen or expired.
    """
    if advice_code in STOPPING_ADVICE:
        return Verdict.NEW_CARD
    codes = {code, decline_code}
    if codes & HARD_DECLINES:
        return Verdict.NEW_CARD
    if AUTHENTICATION_REQUIRED in codes:
        return Verdict.CONFIRM
    return Verdict.RETRY


def next_attempt_on(
    policy: Policy, first_declined_on: date, today: date, last_verdict: Verdict = Verdict.RETRY
) -> date | None:
    """The first dunning day strictly after today; None when there is none left or a new card is needed.

    Dunning days missed while nothing ran are not made up for. After CONFIRM it is the day on which the
    unconfirmed payment counts as declined.
    """
    if last_verdict is Verdict.NEW_CARD:
        return None
    dunning_days = (first_declined_on + timedelta(days=day) for day in policy.days)
    return next((on for on in dunning_days if on > today), None)


def gives_up_on(policy: Policy, first_declined_on: date) -> date:
    """The last dunning day: what is still unpaid after that day's attempt ends the dunning.

    It holds for hard declines too: until that day the patient may bring another card.
    """
    return first_declined_on + timedelta(days=policy.days[-1])
