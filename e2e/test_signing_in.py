"""Signing up, signing in by code, a forgotten password, and a sign-out that leaves nothing behind."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e import walk
from e2e.checks import assert_sound
from e2e.conftest import PHONE, OpenBrowser, Screen
from e2e.watch import Watch
from tests.world import World

NEW_PASSWORD = "violet harbour seven kites"


def expect_home(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name="Your memberships")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Your memberships")


def ask_for_code(page: Page, world: World, name: str) -> str:
    page.goto("/lumina/sign-in")
    walk.follow(page, "Sign in with a code by e-mail")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    walk.press(page, "Send me a code")
    expect(page.get_by_role("heading", level=1, name="Type your code")).to_be_visible()
    return walk.mailed_code(world, f"{name}@example.com")


def test_eve_signs_up_and_confirms_her_address_on_the_way_to_joining(
    world: World, open_browser: OpenBrowser, watch: Watch, screen: Screen
) -> None:
    watch.expected |= {422}
    page = open_browser(screen)
    page.goto("/lumina/")
    walk.follow(page, "Choose Radiance")
    walk.follow(page, "Create an account")
    for label, text in (("First name", "Eve"), ("Last name", "Evans"), ("E-mail", "eve@example.com")):
        page.get_by_label(label).fill(text)
    page.get_by_label("Password", exact=True).fill("password12")
    walk.press(page, "Create account")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Eve")
    assert_sound(page)

    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    walk.press(page, "Create account")
    code = walk.mailed_code(world, "eve@example.com")
    page.get_by_label("Code").fill("000000" if code != "000000" else "111111")
    walk.press(page, "Confirm")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    assert_sound(page)
    page.get_by_label("Code").fill(code)
    walk.press(page, "Confirm")
    expect(page.get_by_text("Welcome! Your e-mail address is confirmed.")).to_be_visible()
    expect(page.get_by_role("radio", name="Choose Radiance")).to_be_checked()


def test_a_forgotten_password_is_replaced_after_a_code(world: World, open_browser: OpenBrowser, screen: Screen) -> None:
    page = open_browser(screen)
    code = ask_for_code(page, world, "dan")
    assert_sound(page)
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")
    walk.press(page, "Sign in")
    expect_home(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Account").click()
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    walk.press(page, "Save password")
    expect(page.get_by_role("status")).to_contain_text("password")
    sign_out(page)
    page.goto("/lumina/sign-in")
    walk.type_password(page, "dan", NEW_PASSWORD)
    expect_home(page)


def test_wrong_words_are_told_apart_from_nothing(world: World, open_browser: OpenBrowser, watch: Watch) -> None:
    watch.expected |= {422}
    page = open_browser(PHONE)
    page.goto("/lumina/sign-in")
    walk.type_password(page, "dan", "not my password")
    first = page.get_by_role("alert").inner_text()
    assert_sound(page)
    walk.type_password(page, "nobody", "not my password")
    expect(page.get_by_role("alert")).to_have_text(first, use_inner_text=True)


def test_after_signing_out_the_back_button_shows_nothing_private(world: World, open_browser: OpenBrowser) -> None:
    world.join("dan", draw_day=31)
    page = open_browser()
    walk.sign_in(page, "dan")
    walk.follow(page, "Membership details")
    address = page.url
    sign_out(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    walk.type_password(page, "dan")
    expect(page.get_by_role("heading", level=1, name="Membership details")).to_be_visible()
    assert page.url == address


def test_a_cookie_kept_after_signing_out_opens_nothing(world: World, open_browser: OpenBrowser) -> None:
    page = open_browser()
    walk.sign_in(page, "dan")
    kept = page.context.cookies()
    sign_out(page)
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.goto("/lumina/account")
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
