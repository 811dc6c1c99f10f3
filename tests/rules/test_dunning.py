"""After a decline: which ones may be asked again, when, how often, and when it is over."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.dunning import HARD_DECLINES, Policy, Verdict, gives_up_on, next_attempt_on, verdict
from tests.rules.strategies import days

RETRY, NEW_CARD, CONFIRM = Verdict
DECLINED_ON = date(2027, 1, 31)

policies = st.builds(
    Policy, st.sets(st.integers(1, 26), min_size=1, max_size=4).map(lambda chosen: tuple(sorted(chosen)))
)


@pytest.mark.parametrize(
    ("code", "decline_code", "advice_code", "answer"),
    [
        ("card_declined", "generic_decline", None, RETRY),
        ("card_declined", "insufficient_funds", "try_again_later", RETRY),
        ("card_declined", None, None, RETRY),
        (None, None, None, RETRY),
        ("processing_error", None, None, RETRY),
        ("card_declined", "generic_decline", "do_not_try_again", NEW_CARD),
        ("card_declined", "insufficient_funds", "confirm_card_data", NEW_CARD),
        ("card_declined", "stolen_card", "try_again_later", NEW_CARD),
        ("expired_card", None, None, NEW_CARD),
        ("incorrect_number", None, None, NEW_CARD),
        ("authentication_required", None, None, CONFIRM),
        ("card_declined", "authentication_required", None, CONFIRM),
        ("card_declined", "authentication_required", "try_again_later", CONFIRM),
        ("card_declined", "authentication_required", "do_not_try_again", NEW_CARD),
    ],
)
def test_the_verdict_on_a_decline(
    code: str | None, decline_code: str | None, advice_code: str | None, answer: Verdict
) -> None:
    assert verdict(code, decline_code, advice_code) is answer


@pytest.mark.parametrize(
    "decline_code",
    [
        "lost_card", "stolen_card", "pickup_card", "fraudulent", "expired_card", "incorrect_number",
        "invalid_account", "card_not_supported",
    ],
)  # fmt: skip
def test_a_hard_decline_asks_for_a_new_card_and_is_never_retried(decline_code: str) -> None:
    answer = verdict("card_declined", decline_code, None)
    assert answer is NEW_CARD
    assert decline_code in HARD_DECLINES
    assert next_attempt_on(Policy(), DECLINED_ON, DECLINED_ON, answer) is None


@pytest.mark.parametrize(
    ("days_later", "next_days"), [(0, 1), (1, 3), (2, 3), (3, 7), (7, 14), (13, 14), (14, None), (400, None)]
)
def test_the_default_policy_asks_again_after_1_3_7_and_14_days(days_later: int, next_days: int | None) -> None:
    today = DECLINED_ON + timedelta(days=days_later)
    expected = None if next_days is None else DECLINED_ON + timedelta(days=next_days)
    assert next_attempt_on(Policy(), DECLINED_ON, today) == expected


def test_a_payment_to_confirm_waits_until_the_next_dunning_day() -> None:
    assert next_attempt_on(Policy(), DECLINED_ON, DECLINED_ON, CONFIRM) == date(2027, 2, 1)


@given(policies, days, st.lists(st.integers(0, 9), min_size=10, max_size=10))
def test_a_period_is_asked_for_five_times_at_most_however_late_the_scheduler_is(
    policy: Policy, first_declined_on: date, delays: list[int]
) -> None:
    asked_on = [first_declined_on]
    for delay in delays:
        due_on = next_attempt_on(policy, first_declined_on, asked_on[-1])
        if due_on is None:
            break
        assert asked_on[-1] < due_on <= gives_up_on(policy, first_declined_on)
        asked_on.append(due_on + timedelta(days=delay))
    assert len(asked_on) <= 5
    assert next_attempt_on(policy, first_declined_on, asked_on[-1]) is None


@given(policies, days)
def test_dunning_on_time_asks_on_every_day_of_the_policy(policy: Policy, first_declined_on: date) -> None:
    asked_after, today = [], first_declined_on
    while due_on := next_attempt_on(policy, first_declined_on, today):
        asked_after.append((due_on - first_declined_on).days)
        today = due_on
    assert tuple(asked_after) == policy.days
    assert gives_up_on(policy, first_declined_on) == today


@pytest.mark.parametrize("dunning_days", [(), (0, 1), (-1,), (3, 1), (3, 3), (1, 27), (1, 2, 3, 4, 5)])
def test_an_unfit_policy_is_refused(dunning_days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="dunning days"):
        Policy(dunning_days)
