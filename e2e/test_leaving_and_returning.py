"""A wizard left and taken up elsewhere, gone back in, opened or pressed twice: one charge."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e import walk
from e2e.conftest import PHONE, OpenBrowser
from e2e.watch import Watch
from tests.world import World


@pytest.fixture
def at_payment(open_browser: OpenBrowser) -> Page:
    """Dan's browser, everything done but the payment."""
    page = open_browser()
    walk.walk_to_payment(page, coupon="SPRING20")
    return page


def test_dan_leaves_in_the_middle_and_goes_on_with_his_phone(world: World, open_browser: OpenBrowser) -> None:
    page = open_browser()
    walk.sign_in(page, "dan")
    page.goto("/lumina/join")
    walk.choose_plan(page, "Radiance")
    walk.fill_in_details(page, draw_day=15, coupon="FOREVER10")
    page.context.close()

    phone = open_browser(PHONE)
    walk.sign_in(phone, "dan")
    walk.follow(phone, "Become a member")
    expect(phone.get_by_role("heading", level=1, name="Read and sign")).to_be_visible()
    expect(phone.get_by_role("complementary", name="Summary")).to_contain_text("FOREVER10")
    walk.sign(phone)
    walk.pay(phone)
    walk.expect_member(phone)
    assert len(walk.charged_cents(world)) == 1


def test_the_back_button_leads_through_the_steps_with_all_that_was_typed(world: World, at_payment: Page) -> None:
    at_payment.go_back()
    expect(at_payment.get_by_role("heading", level=1, name="Read and sign")).to_be_visible()
    at_payment.go_back()
    expect(at_payment.get_by_label("Draw day")).to_have_value("31")
    expect(at_payment.get_by_text("Coupon SPRING20 is applied")).to_be_visible()
    walk.follow(at_payment, "Back")
    expect(at_payment.get_by_role("radio", name="Choose Glow")).to_be_checked()
    at_payment.goto("/lumina/join")
    expect(at_payment.get_by_role("heading", level=1, name="Pay and become a member")).to_be_visible()


def test_changing_the_plan_on_the_way_back_asks_for_a_new_signature(world: World, at_payment: Page) -> None:
    at_payment.get_by_role("navigation", name="Steps").get_by_role("link", name="Plan").click()
    walk.choose_plan(at_payment, "VIP")
    walk.press(at_payment, "Continue")
    expect(at_payment.get_by_text("The plan was Glow.")).to_be_visible()
    expect(at_payment.get_by_role("checkbox").first).not_to_be_checked()


def test_a_finished_enrollment_opened_again_shows_that_it_is_done(world: World, at_payment: Page) -> None:
    address = at_payment.url
    walk.pay(at_payment)
    walk.expect_member(at_payment)
    at_payment.go_back()
    walk.expect_member(at_payment)
    for step in ("plan", "details", "agreement", "payment"):
        at_payment.goto(address.replace("payment", step))
        walk.expect_member(at_payment)
    assert len(walk.charged_cents(world)) == 1


def test_a_double_click_on_pay_is_one_charge(world: World, at_payment: Page) -> None:
    walk.type_card(at_payment)
    walk.pay_button(at_payment).dblclick()
    walk.expect_member(at_payment)
    assert len(walk.charged_cents(world)) == 1
    assert len(world.letters("welcome")) == 1


def is_asked_to_wait(page: Page) -> bool:
    """Whether this tab came second; answers once the tab has its answer."""
    waiting = page.get_by_role("alert").filter(has_text="Please wait a moment and press the button again")
    done = page.get_by_role("heading", level=1, name="You are a member")
    expect(waiting.or_(done)).to_be_visible()
    return waiting.is_visible()


def test_two_tabs_that_pay_at_once_are_one_charge(world: World, watch: Watch, at_payment: Page) -> None:
    watch.expected |= {422}
    other = at_payment.context.new_page()
    other.goto(at_payment.url)
    for page in (at_payment, other):
        walk.type_card(page)
    for page in (at_payment, other):
        walk.pay_button(page).click(no_wait_after=True)
    second = [page for page in (at_payment, other) if is_asked_to_wait(page)]
    assert len(second) <= 1
    for page in second:
        walk.pay_button(page).click()
    for page in (at_payment, other):
        walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_a_second_tab_that_pays_later_shows_that_it_is_done(world: World, at_payment: Page) -> None:
    other = at_payment.context.new_page()
    other.goto(at_payment.url)
    walk.pay(at_payment)
    walk.expect_member(at_payment)
    walk.pay(other)
    walk.expect_member(other)
    assert len(walk.charged_cents(world)) == 1
