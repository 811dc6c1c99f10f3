"""Cancelling online: what is said first, what it does, how it is undone."""

from __future__ import annotations

from uuid import UUID

from portal import db
from portal.models import Clinic
from tests.pages import words
from tests.routes.members import Visit, alice_joins, assert_only_alice_may_open, decline_next_draw
from tests.world import World


def _cancel_path(membership_id: UUID) -> str:
    return f"/lumina/memberships/{membership_id}/cancel"


def test_everything_is_said_before_cancelling(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    page = words(visit().sign_in("alice").get(_cancel_path(membership_id)))
    assert "It ends At the end of February 27, 2027" in page
    assert "What is already paid is not refunded." in page
    assert "Cancellation fee None" in page
    assert "Yours until February 27, 2027" in page
    assert "signature facial" in page
    assert "Keep my membership" in page
    assert world.membership(membership_id).ends_on is None


def test_a_commitment_and_its_fee_are_said_before_cancelling(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world, plan="vip")
    page = words(visit().sign_in("alice").get(_cancel_path(membership_id)))
    assert (
        "You agreed to stay until July 30, 2027. Ending before that day costs a cancellation fee of $200.00 ." in page
    )


def test_cancelling_ends_at_the_end_of_what_is_paid_and_keeps_the_reason(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    answer = alice.send(_cancel_path(membership_id), {"reason": " I move\r\naway. \x00"})
    assert answer.status_code == 303
    page = words(alice.get(answer.headers["Location"]))
    assert "Your membership is cancelled. It ends on February 27, 2027, and nothing more is charged." in page
    assert "Active until February 27, 2027" in page
    assert "Undo cancellation" in page
    assert "Next draw" not in page
    membership = world.membership(membership_id)
    assert (str(membership.ends_on), membership.cancel_reason) == ("2027-02-27", "I move\naway.")
    assert len(world.letters("cancellation_confirmed")) == 1


def test_cancelling_twice_is_cancelling_once(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    alice = visit().sign_in("alice")
    for _ in range(2):
        assert alice.send(_cancel_path(membership_id), token_from="/lumina/account").status_code == 303
    assert len(world.letters("cancellation_confirmed")) == 1
    assert alice.get(_cancel_path(membership_id)).status_code == 302


def test_a_cancellation_is_undone_until_its_last_day(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    visit().sign_in("alice").send(_cancel_path(membership_id))
    world.advance_to("2027-02-27")
    alice = visit().sign_in("alice")
    details = f"/lumina/memberships/{membership_id}"
    answer = alice.send(f"{details}/cancel/undo", token_from=details)
    assert answer.headers["Location"] == details
    page = words(alice.get(details))
    assert "Your cancellation is undone: your membership goes on. The next draw is on February 28, 2027." in page
    assert "Cancellation undone" in page
    assert str(world.membership(membership_id).next_draw_on) == "2027-02-28"


def test_what_has_ended_is_not_undone(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    visit().sign_in("alice").send(_cancel_path(membership_id))
    world.advance_to("2027-02-28")
    alice = visit().sign_in("alice")
    details = f"/lumina/memberships/{membership_id}"
    alice.send(f"{details}/cancel/undo", token_from=details)
    assert "There is no cancellation to undo any more." in words(alice.get(details))
    assert world.membership(membership_id).status == "ended"


def test_past_due_it_ends_today_and_nothing_is_asked_for_any_more(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    page = words(alice.get(_cancel_path(membership_id)))
    assert "It ends Today, February 28, 2027" in page
    assert "What is past due is not asked for any more" in page
    answer = alice.send(_cancel_path(membership_id))
    assert "has ended. Nothing more is charged." in words(alice.get(answer.headers["Location"]))
    assert world.membership(membership_id).status == "ended"


def test_a_reason_that_is_too_long_is_refused_and_kept(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = visit().sign_in("alice").send(_cancel_path(membership_id), {"reason": "x" * 501})
    assert answer.status_code == 422
    assert "Use at most 500 characters." in words(answer)
    assert "x" * 501 in words(answer)
    assert world.membership(membership_id).ends_on is None


def test_a_clinic_may_want_to_be_called(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    with db.begin() as session:
        clinic = session.query(Clinic).filter_by(slug="lumina").one()
        clinic.programme.patients_may_cancel = False
    alice = visit().sign_in("alice")
    assert "Please call us to cancel" in words(alice.get(_cancel_path(membership_id)))
    alice.send(_cancel_path(membership_id), token_from="/lumina/account")
    assert world.membership(membership_id).ends_on is None


def test_without_the_pages_token_nothing_is_cancelled(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    answer = visit().sign_in("alice").post(_cancel_path(membership_id), data={"reason": ""})
    assert answer.status_code == 400
    assert world.membership(membership_id).ends_on is None


def test_only_its_patient_cancels_a_membership(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    assert_only_alice_may_open(visit, _cancel_path(membership_id))
    assert_only_alice_may_open(visit, _cancel_path(membership_id), "POST")
    assert_only_alice_may_open(visit, f"{_cancel_path(membership_id)}/undo", "POST")
    assert world.membership(membership_id).ends_on is None
