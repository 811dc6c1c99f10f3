"""What a visitor reads when an address is wrong, or the payment provider or the portal is away."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e import walk
from e2e.checks import assert_sound
from e2e.conftest import PHONE, OpenBrowser, Screen
from e2e.watch import Watch
from tests.world import World


def test_an_unknown_clinic_is_a_friendly_404(open_browser: OpenBrowser, watch: Watch, screen: Screen) -> None:
    watch.expected |= {404}
    page = open_browser(screen)
    answer = page.goto("/nobody-knows-this-clinic/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot find this page")
    assert_sound(page)


def test_another_patients_pages_are_not_there(world: World, open_browser: OpenBrowser, watch: Watch) -> None:
    watch.expected |= {404}
    world.arrive("alice")
    membership_id = world.join("alice")
    page = open_browser()
    walk.sign_in(page, "dan")
    page.goto(f"/lumina/memberships/{membership_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot find this page")
    expect(page.get_by_text("Alice")).to_have_count(0)
    assert_sound(page)
    walk.follow(page, "To Lumina Aesthetics")
    expect(page.get_by_role("heading", level=1, name="Lumina Circle")).to_be_visible()


def test_a_payment_providers_script_that_does_not_come_is_said_plainly(
    world: World, open_browser: OpenBrowser, watch: Watch, screen: Screen
) -> None:
    watch.expect_text("net::ERR_FAILED")
    page = open_browser(screen)
    page.route("**/stripe.js", lambda route: route.abort())
    walk.walk_to_payment(page)
    sentence = page.get_by_role("alert").filter(has_text="We cannot reach our payment provider")
    expect(sentence).to_contain_text("nothing was charged")
    assert_sound(page)
    page.unroute("**/stripe.js")
    page.reload()
    walk.pay(page)
    walk.expect_member(page)


def test_a_connection_that_breaks_at_pay_is_said_and_the_button_works_again(
    world: World, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expect_text("net::ERR_INTERNET_DISCONNECTED")
    page = open_browser()
    walk.walk_to_payment(page)
    walk.type_card(page)
    page.context.set_offline(True)
    walk.pay_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="Check your connection")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    walk.pay(page)
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_a_payment_provider_that_does_not_answer_costs_nothing_and_heals(
    world: World, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expected |= {503}
    page = open_browser(PHONE)
    walk.walk_to_payment(page)
    walk.type_card(page)
    world.stripe.add_fault("outage", "POST", "/v1/payment_intents.*", None)
    walk.pay_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="payment provider")).to_be_visible()
    assert_sound(page)
    assert walk.charged_cents(world) == []
    world.stripe.clear_faults()
    walk.pay_button(page).click()
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_a_coupon_pressed_without_a_connection_says_so_and_keeps_what_was_typed(
    world: World, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expect_text("net::ERR_INTERNET_DISCONNECTED")
    watch.expect_text("Failed to fetch")
    page = open_browser()
    walk.sign_in(page, "dan")
    page.goto("/lumina/join")
    walk.choose_plan(page)
    page.context.set_offline(True)
    walk.apply_coupon(page, "SPRING20")
    expect(page.get_by_role("status")).to_contain_text("We cannot be reached. Check your connection and try again.")
    page.context.set_offline(False)
    expect(page.get_by_label("Coupon code")).to_have_value("SPRING20")
    walk.press(page, "Apply")
    expect(page.get_by_text("Coupon SPRING20 is applied")).to_be_visible()
