"""A membership's events and payments as sentences: what happened, and what followed from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from portal.models import Membership, MembershipEvent, PaymentAttempt
from portal.models.membership.membership import EndReason
from portal.routes.filters import cents, day
from portal.rules.decline_words import decline_words
from portal.rules.dunning import AUTHENTICATION_REQUIRED
from portal.rules.states import AttemptStatus
from portal.services.billing.payment_list import Payment, PaymentState
from portal.services.letters.facts import card_name


class Happening(NamedTuple):
    """One entry of a history: when, what, and more about it (or None)."""

    when: str
    what: str
    more: str | None


class Told(NamedTuple):
    """What the sentences of one membership are made from."""

    membership: Membership
    payments: dict[str, Payment]

    def payment(self, event: MembershipEvent) -> Payment | None:
        """The payment that an event tells of; joining tells of the first one."""
        first = next(reversed(self.payments.values()), None) if event.kind == "joined" else None
        return self.payments.get(event.facts.get("invoice", ""), first)

    def receipt(self, event: MembershipEvent) -> str | None:
        """Such as "Receipt 1042, Visa ending in 4242"."""
        payment = self.payment(event)
        if payment is None or payment.receipt is None:
            return None
        card = card_name(*payment.card) if payment.receipt.cents else None
        return f"Receipt {payment.receipt.number}" + (f", {card}" if card else "")

    def money(self, amount: int) -> str:
        """Cents in the membership's currency."""
        return cents(amount, self.membership.currency)


ENDED = {
    EndReason.PATIENT: "As you asked.",
    EndReason.STAFF: "Ended by the clinic.",
    EndReason.NON_PAYMENT: "The payment could not be made, and the time to mend it was over.",
    EndReason.LAPSED: "It was never begun.",
}
STATES: dict[PaymentState, tuple[str, str]] = {
    PaymentState.PAID: ("Paid", "good"),
    PaymentState.NOTHING_TO_PAY: ("Nothing to pay", "good"),
    PaymentState.WAIVED: ("Waived", "plain"),
    PaymentState.ON_ITS_WAY: ("On its way", "plain"),
    PaymentState.NEEDS_PATIENT: ("Needs you to confirm it", "warn"),
    PaymentState.DECLINED: ("Declined", "bad"),
    PaymentState.NOT_CHARGED: ("Not charged", "plain"),
}


def history(
    membership: Membership, events: Sequence[MembershipEvent], payments: Sequence[Payment], next_step: str | None
) -> list[Happening]:
    """The events in the order given; `next_step` is said at the newest decline, while that is still open."""
    told = Told(membership, {str(payment.invoice.id): payment for payment in payments})
    happenings = []
    for event in events:
        what, more = WORDS.get(event.kind, _unknown)(event, told)
        if event.kind == "declined" and next_step:
            more, next_step = f"{more or ''} {next_step}".strip(), None
        happenings.append(Happening(day(event.on), what, more))
    return happenings


def try_words(attempt: PaymentAttempt) -> str:
    """What became of one asking of the bank."""
    match attempt.status:
        case AttemptStatus.SUCCEEDED:
            return "Paid."
        case AttemptStatus.DECLINED:
            return decline_words(attempt.code, attempt.decline_code).reason
        case AttemptStatus.NEEDS_PATIENT:
            return "Your bank wants you to confirm this payment."
        case _:
            return "On its way: the bank has not answered yet."


def _joined(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return f"Joined {told.membership.plan_name}: {_paid(event, told)}", told.receipt(event)


def _renewed(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return f"Renewed: {_paid(event, told)}", told.receipt(event)


def _mended(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    more = told.receipt(event)
    return f"Payment mended: {_paid(event, told)}", f"The membership is active again. {more or ''}".strip()


def _declined(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    payment = told.payment(event)
    amount = f" of {told.money(payment.invoice.cents)}" if payment else ""
    code = event.facts.get("code")
    if code == AUTHENTICATION_REQUIRED:
        return (
            f"Payment{amount} waits for you",
            "Your bank wants you to confirm it yourself: it asks you when you pay now.",
        )
    return f"Payment{amount} declined", decline_words(code, code).reason


def _cancelled(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return "Cancelled", f"To end on {_fact_day(event, 'ends_on')}. No draw follows."


def _undone(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return "Cancellation undone", "The membership goes on, and so do its draws."


def _ended(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    reason = event.facts.get("reason", "")
    return "Membership ended", ENDED[EndReason(reason)] if reason in set(EndReason) else None


def _skipped(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    days = f"{_fact_day(event, 'starts_on')} to {_fact_day(event, 'ends_on')}"
    return "Period skipped", f"Nothing was charged for {days}."


def _card_changed(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return "Card changed", None


def _written_off(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return "Unpaid period closed", "Nobody asks for it any more; a new period starts with your payment."


def _dunning_over(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return "We stopped asking your card", "The membership waits for your payment."


def _paid_after_end(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    more = "This payment came after the membership had ended. The clinic will be in touch about it."
    return f"Payment received: {_paid(event, told)}", more


def _unknown(event: MembershipEvent, told: Told) -> tuple[str, str | None]:
    return event.kind.replace("_", " ").capitalize(), None


def _paid(event: MembershipEvent, told: Told) -> str:
    amount = int(event.facts.get("cents", 0))
    return f"{told.money(amount)} paid" if amount else "nothing to pay"


def _fact_day(event: MembershipEvent, name: str) -> str:
    return day(date.fromisoformat(event.facts[name]))


WORDS: dict[str, Callable[[MembershipEvent, Told], tuple[str, str | None]]] = {
    "joined": _joined,
    "renewed": _renewed,
    "mended": _mended,
    "declined": _declined,
    "cancelled": _cancelled,
    "cancellation_undone": _undone,
    "ended": _ended,
    "skipped": _skipped,
    "card_changed": _card_changed,
    "written_off": _written_off,
    "dunning_over": _dunning_over,
    "paid_after_end": _paid_after_end,
}
