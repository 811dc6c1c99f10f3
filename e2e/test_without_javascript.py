"""The wizard where no script runs: every step works, and only the card field says that it cannot."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e import walk
from e2e.conftest import PHONE, OpenBrowser
from e2e.watch import Watch
from tests.world import World


def expect_coupon_refused(page: Page, code: str, sentence: str) -> None:
    walk.apply_coupon(page, code)
    field = page.get_by_label("Coupon code")
    expect(field).to_have_value(code)
    expect(field).to_have_accessible_description(f"Error: {sentence}")
    expect(page.get_by_label("Draw day")).to_have_value("31")


def test_dan_comes_as_far_as_the_card_field_and_is_told_why(
    world: World, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expected |= {422}
    page = open_browser(PHONE, scripts=False)
    page.goto("/lumina/")
    walk.follow(page, "Choose Glow")
    walk.type_password(page, "dan")
    expect(page.get_by_role("radio", name="Choose Glow")).to_be_checked()
    walk.choose_plan(page)

    page.get_by_label("Draw day").fill("31")
    expect_coupon_refused(page, "NOSUCH", "We do not know this code. Check it for typing mistakes.")
    expect_coupon_refused(page, "OLD2020", "This coupon has expired.")
    walk.apply_coupon(page, "spring20")
    expect(page.get_by_text("Coupon SPRING20 is applied")).to_be_visible()
    walk.press(page, "Remove coupon SPRING20")
    walk.fill_in_details(page, coupon="SPRING20")

    walk.press(page, "Sign and continue")
    expect(page.get_by_role("alert")).to_contain_text("Tick the first box")
    walk.sign(page)
    # A search by text never looks into a noscript.
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("noscript p")).to_contain_text("needs JavaScript. Please switch it on")
    walk.pay_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="A new card needs JavaScript")).to_be_visible()
    assert walk.charged_cents(world) == []


def test_alice_pays_for_a_second_plan_with_the_card_on_file(world: World, open_browser: OpenBrowser) -> None:
    world.arrive("alice")
    world.join("alice", draw_day=31)
    page = open_browser(scripts=False)
    walk.walk_to_payment(page, "alice", "Radiance", draw_day=15)
    expect(page.get_by_role("radio", name="Visa ending in 4242")).to_be_checked()
    walk.pay_button(page).click()
    walk.expect_member(page, "Alice")
    assert len(walk.charged_cents(world)) == 2


def test_alice_cancels_and_undoes_it(world: World, open_browser: OpenBrowser) -> None:
    world.arrive("alice")
    world.join("alice", draw_day=31)
    page = open_browser(scripts=False)
    walk.sign_in(page, "alice")
    walk.follow(page, "Membership details")
    walk.follow(page, "Cancel membership")
    walk.press(page, "Cancel membership")
    expect(page.get_by_text("Your membership ends on January 30, 2027")).to_be_visible()
    walk.press(page, "Undo cancellation")
    expect(page.get_by_role("link", name="Cancel membership")).to_be_visible()
