"""The statuses of a membership and of a payment attempt, and the only moves between them."""

from collections.abc import Mapping
from enum import StrEnum


class MembershipStatus(StrEnum):
    """Where a membership stands; a wish (to cancel, to hold) is a date, not a status."""

    PENDING = "pending"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    PAST_DUE = "past_due"
    ENDED = "ended"


class AttemptStatus(StrEnum):
    """Where one asking of Stripe for one invoice stands; SENT without an answer is 'unanswered'."""

    READY = "ready"
    SENT = "sent"
    NEEDS_PATIENT = "needs_patient"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


_M = MembershipStatus
MEMBERSHIP_MOVES: Mapping[MembershipStatus, frozenset[MembershipStatus]] = {
    _M.PENDING: frozenset({_M.ACTIVE, _M.ENDED}),
    _M.ACTIVE: frozenset({_M.ON_HOLD, _M.PAST_DUE, _M.ENDED}),
    _M.ON_HOLD: frozenset({_M.ACTIVE, _M.ENDED}),
    _M.PAST_DUE: frozenset({_M.ACTIVE, _M.ENDED}),
    _M.ENDED: frozenset(),
}

_A = AttemptStatus
# READY may learn an answer without being sent: after a restored backup Stripe knows more than our row.
# SENT goes back to READY only when Stripe is known not to have taken the request (429, 401, 503).
# DECLINED may turn out to have succeeded: the money moved, and a late success is the truth.
ATTEMPT_MOVES: Mapping[AttemptStatus, frozenset[AttemptStatus]] = {
    _A.READY: frozenset({_A.SENT, _A.NEEDS_PATIENT, _A.SUCCEEDED, _A.DECLINED}),
    _A.SENT: frozenset({_A.READY, _A.NEEDS_PATIENT, _A.SUCCEEDED, _A.DECLINED}),
    _A.NEEDS_PATIENT: frozenset({_A.SUCCEEDED, _A.DECLINED}),
    _A.SUCCEEDED: frozenset(),
    _A.DECLINED: frozenset({_A.SUCCEEDED}),
}


def is_membership_move(from_: MembershipStatus, to: MembershipStatus) -> bool:
    """True when a membership may go from the one status to the other; staying is not a move."""
    return to in MEMBERSHIP_MOVES[from_]


def is_attempt_move(from_: AttemptStatus, to: AttemptStatus) -> bool:
    """True when a payment attempt may go from the one status to the other; staying is not a move."""
    return to in ATTEMPT_MOVES[from_]
