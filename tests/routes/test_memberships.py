"""Where a patient lands after signing in, and the details and history of a membership."""

from __future__ import annotations

from tests.pages import words
from tests.routes.members import (
    NOWHERE,
    Visit,
    alice_joins,
    assert_only_alice_may_open,
    counted_queries,
    decline_next_draw,
)
from tests.world import World


def test_a_patient_without_a_membership_is_asked_to_become_a_member(world: World, visit: Visit) -> None:
    world.arrive("dan")
    page = words(visit().sign_in("dan").get("/lumina/memberships"))
    assert "You are not a member yet" in page
    assert "Become a member" in page


def test_the_first_page_tells_the_next_draw_and_its_amount(world: World, visit: Visit) -> None:
    alice_joins(world, coupon="SPRING20")
    page = words(visit().sign_in("alice").get("/lumina/memberships"))
    assert "Glow Active $99.00 a month" in page
    assert "Next draw February 28, 2027 · $79.20" in page
    assert "Visa ending in 4242" in page
    assert "Book a visit" in page


def test_details_tell_the_next_draw_line_by_line_and_when_the_coupon_ends(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world, coupon="SPRING20")
    page = words(visit().sign_in("alice").get(f"/lumina/memberships/{membership_id}"))
    assert "Coupon SPRING20 −$19.80 To pay $79.20" in page
    assert "From April 30, 2027 on: $99.00." in page
    assert "31st of the month, or its last day" in page


def test_history_tells_every_charge_in_plain_words(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    world.advance_to("2027-02-28")
    page = words(visit().sign_in("alice").get(f"/lumina/memberships/{membership_id}"))
    assert "Renewed: $99.00 paid Receipt 2, Visa ending in 4242 February 28, 2027" in page
    assert "Joined Glow: $99.00 paid Receipt 1, Visa ending in 4242 January 31, 2027" in page


def test_past_due_says_why_and_what_happens_next_and_offers_to_pay(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    for path in ("/lumina/memberships", f"/lumina/memberships/{membership_id}"):
        page = words(alice.get(path))
        assert "Past due" in page
        assert "Please pay $99.00" in page
        assert "Pay now" in page
    assert "Payment of $99.00 declined The card does not have enough money available." in page
    assert "We ask your bank again on March 1, 2027." in page
    assert "If it is still unpaid after March 14, 2027, your membership ends." in page
    assert "Next draw" not in page


def test_a_mended_payment_and_the_end_for_non_payment_stand_in_the_history(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    world.advance_to("2027-03-01")
    alice = visit().sign_in("alice")
    page = words(alice.get(f"/lumina/memberships/{membership_id}"))
    assert "Payment mended: $99.00 paid The membership is active again. Receipt 2" in page
    card = world.membership(membership_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, ["generic_decline"] * 9)
    world.advance_to("2027-04-20")
    page = words(visit().sign_in("alice").get(f"/lumina/memberships/{membership_id}"))
    assert "Membership ended The payment could not be made" in page
    assert "Update card" not in page


def test_an_ended_membership_stays_as_history(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    visit().sign_in("alice").send(f"/lumina/memberships/{membership_id}/cancel")
    world.advance_to("2027-02-28")
    page = words(visit().sign_in("alice").get("/lumina/memberships"))
    assert "No running membership" in page
    assert "Membership history Glow Ended January 31, 2027 to February 27, 2027" in page


def test_a_commitment_is_told(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world, plan="vip")
    page = words(visit().sign_in("alice").get(f"/lumina/memberships/{membership_id}"))
    assert "Commitment Until July 30, 2027; ending before that day costs $200.00" in page


def test_only_its_patient_sees_a_membership(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world)
    assert_only_alice_may_open(visit, f"/lumina/memberships/{membership_id}")
    alice = visit().sign_in("alice")
    assert alice.get(f"/lumina/memberships/{NOWHERE}").status_code == 404
    assert alice.get("/lumina/memberships/7").status_code == 404
    assert "no-store" in alice.get(f"/lumina/memberships/{membership_id}").headers["Cache-Control"]


def test_the_list_shows_nobody_elses_membership(world: World, visit: Visit) -> None:
    alice_joins(world)
    assert "Glow" not in words(visit().sign_in("dan").get("/lumina/memberships"))
    assert visit().get("/lumina/memberships").status_code == 302


def test_an_enrollment_that_was_never_paid_is_no_membership(world: World, visit: Visit) -> None:
    world.arrive("dan")
    world.pay(world.sign("dan"), "pm_card_chargeDeclined")
    dan = visit().sign_in("dan")
    assert "You are not a member yet" in words(dan.get("/lumina/memberships"))
    assert "No payments yet" in words(dan.get("/lumina/payments"))


def test_no_page_of_a_member_asks_the_database_more_than_eight_times(world: World, visit: Visit) -> None:
    membership_id = alice_joins(world, coupon="FOREVER10")
    world.join("alice", "radiance", draw_day=31)
    decline_next_draw(world, membership_id)
    alice = visit().sign_in("alice")
    alice.get("/lumina/account")  # the session is noted as seen, once a minute
    card = f"memberships/{membership_id}/card"
    pages = ["memberships", f"memberships/{membership_id}", f"memberships/{membership_id}/cancel", card]
    for path in [*pages, "cards", "payments", "documents"]:
        with counted_queries() as queries:
            assert alice.get(f"/lumina/{path}").status_code == 200
        assert len(queries) <= 8, f"{path}: {len(queries)}" + "".join(f"\n{query[:200]}" for query in queries)
