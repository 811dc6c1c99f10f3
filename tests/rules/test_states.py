"""The allowed moves of memberships and payment attempts, written out once more to compare."""

from itertools import product

import pytest

from portal.rules.states import AttemptStatus, MembershipStatus, is_attempt_move, is_membership_move

MEMBERSHIP_STORY = {
    ("pending", "active"), ("pending", "ended"), ("active", "on_hold"), ("active", "past_due"),
    ("active", "ended"), ("on_hold", "active"), ("on_hold", "ended"),
    ("past_due", "active"), ("past_due", "ended"),
}  # fmt: skip
ATTEMPT_STORY = {
    ("ready", "sent"), ("ready", "needs_patient"), ("ready", "succeeded"), ("ready", "declined"),
    ("sent", "ready"), ("sent", "needs_patient"), ("sent", "succeeded"), ("sent", "declined"),
    ("needs_patient", "succeeded"), ("needs_patient", "declined"), ("declined", "succeeded"),
}  # fmt: skip


@pytest.mark.parametrize(("from_", "to"), list(product(MembershipStatus, repeat=2)))
def test_a_membership_moves_only_as_told(from_: MembershipStatus, to: MembershipStatus) -> None:
    assert is_membership_move(from_, to) is ((str(from_), str(to)) in MEMBERSHIP_STORY)


@pytest.mark.parametrize(("from_", "to"), list(product(AttemptStatus, repeat=2)))
def test_an_attempt_moves_only_as_told(from_: AttemptStatus, to: AttemptStatus) -> None:
    assert is_attempt_move(from_, to) is ((str(from_), str(to)) in ATTEMPT_STORY)


def test_an_ended_membership_and_a_succeeded_attempt_stay_so() -> None:
    assert not any(is_membership_move(MembershipStatus.ENDED, to) for to in MembershipStatus)
    assert not any(is_attempt_move(AttemptStatus.SUCCEEDED, to) for to in AttemptStatus)


def test_a_decline_that_turns_out_to_be_a_success_becomes_one() -> None:
    assert is_attempt_move(AttemptStatus.DECLINED, AttemptStatus.SUCCEEDED)
