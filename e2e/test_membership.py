"""A member changes her card, cancels and undoes it, and pays what was declined."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from e2e import walk
from e2e.checks import assert_sound
from e2e.conftest import OpenBrowser, Screen
from e2e.watch import Watch
from tests.world import World

MASTERCARD = "5555555555554444"
DIES_LATER = "pm_card_chargeCustomerFail"


@pytest.fixture
def alice(world: World) -> UUID:
    """An active member of Glow, drawn on the 31st."""
    world.arrive("alice")
    return world.join("alice", draw_day=31)


@pytest.fixture
def cara(world: World) -> UUID:
    """Past due since 13 January: her card paid once and never again."""
    world.arrive("cara")
    membership_id = world.join("cara", card=DIES_LATER, draw_day=13)
    world.advance_to("2027-01-13")
    assert world.membership(membership_id).status == "past_due"
    return membership_id


def open_details(page: Page, name: str) -> None:
    walk.sign_in(page, name)
    walk.follow(page, "Membership details")
    expect(page.get_by_role("heading", level=1, name="Membership details")).to_be_visible()


def test_alice_puts_another_card_on_file(world: World, alice: UUID, open_browser: OpenBrowser, screen: Screen) -> None:
    page = open_browser(screen)
    open_details(page, "alice")
    assert_sound(page)
    walk.follow(page, "Update card")
    walk.type_card(page, MASTERCARD)
    assert_sound(page)
    walk.press(page, "Update card")
    expect(page.get_by_role("main")).to_contain_text("Mastercard ending in 4444")
    expect(page.get_by_role("heading", level=1, name="Membership details")).to_be_visible()
    world.advance_to("2027-01-31")
    assert world.membership(alice).status == "active"
    assert world.charges()[-1]["amount"] == 9900
    assert len(world.letters("card_updated")) == 1


def test_a_card_that_is_refused_leaves_the_old_one(
    world: World, alice: UUID, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expected |= {402, 422}
    page = open_browser()
    open_details(page, "alice")
    walk.follow(page, "Update card")
    walk.type_card(page, "4000000000000002")
    walk.press(page, "Update card")
    expect(page.get_by_role("alert").filter(has_text="declined the card")).to_be_visible()
    assert_sound(page)
    card = world.membership(alice).card
    assert card is not None
    assert card.last4 == "4242"


def test_alice_cancels_and_changes_her_mind(
    world: World, alice: UUID, open_browser: OpenBrowser, screen: Screen
) -> None:
    page = open_browser(screen)
    open_details(page, "alice")
    walk.follow(page, "Cancel membership")
    expect(page.get_by_role("main")).to_contain_text("At the end of January 30, 2027")
    expect(page.get_by_role("main")).to_contain_text("What is already paid is not refunded.")
    assert_sound(page)
    page.get_by_label("reason").or_(page.get_by_label("Why")).first.fill("I am moving away.")
    walk.press(page, "Cancel membership")
    expect(page.get_by_text("Your membership ends on January 30, 2027")).to_be_visible()
    assert_sound(page)
    walk.press(page, "Undo cancellation")
    expect(page.get_by_role("link", name="Cancel membership")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Cancellation undone")
    world.advance_to("2027-01-31")
    assert walk.charged_cents(world)[-1] == 9900


def test_cara_pays_what_is_owed_with_a_new_card(
    world: World, cara: UUID, open_browser: OpenBrowser, watch: Watch, screen: Screen
) -> None:
    watch.expected |= {402, 422}
    page = open_browser(screen)
    walk.sign_in(page, "cara")
    expect(page.get_by_text("Your last payment did not go through")).to_be_visible()
    assert_sound(page)
    walk.follow(page, "Pay now")
    expect(page.get_by_role("region", name="What is owed")).to_contain_text("$99.00")
    page.get_by_role("radio", name="A new card").check()
    walk.pay(page, "4000000000009995")
    expect(page.get_by_role("alert").filter(has_text="does not have enough money")).to_be_visible()
    assert_sound(page)
    page.get_by_role("radio", name="A new card").check()
    walk.pay(page, MASTERCARD)
    expect(page.get_by_role("heading", level=1, name="Membership details")).to_be_visible()
    expect(page.get_by_text("Your last payment did not go through")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Payment mended: $99.00")
    assert world.membership(cara).status == "active"
    assert walk.charged_cents(world)[1:] == [9900]


def test_cara_pays_with_a_card_whose_bank_asks(world: World, cara: UUID, open_browser: OpenBrowser) -> None:
    page = open_browser()
    walk.sign_in(page, "cara")
    walk.follow(page, "Pay now")
    page.get_by_role("radio", name="A new card").check()
    walk.pay(page, walk.ASKS_THE_BANK)
    bank = page.frame_locator('iframe[title="3D Secure authentication frame"]')
    bank.get_by_role("button", name="Complete authentication").click()
    expect(page.get_by_role("main")).to_contain_text("Payment mended: $99.00")
    assert walk.charged_cents(world)[1:] == [9900]
