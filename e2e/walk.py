"""The steps of a patient through the pages, by the words on them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.world import PASSWORD, World, code_in

GOOD_CARD = "4242424242424242"
ASKS_THE_BANK = "4000002760003184"
PAY = re.compile(r"^Pay \$")


def sign_in(page: Page, name: str, slug: str = "lumina") -> None:
    """By e-mail and password; ends on the memberships."""
    page.goto(f"/{slug}/sign-in")
    type_password(page, name)
    expect(page.get_by_role("heading", level=1, name="Your memberships")).to_be_visible()


def type_password(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fills in the sign-in form and presses its button."""
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Sign in")


def press(page: Page, name: str) -> None:
    """A button by its whole name."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """A link by its name, the first one where it stands twice."""
    page.get_by_role("link", name=name).first.click()


def choose_plan(page: Page, plan: str = "Glow") -> None:
    """Step 1; ends on the details."""
    page.get_by_role("radio", name=f"Choose {plan}").check()
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1, name="Your details")).to_be_visible()


def fill_in_details(page: Page, draw_day: int = 31, coupon: str | None = None) -> None:
    """Step 2; ends on the agreement."""
    page.get_by_label("Draw day").fill(str(draw_day))
    if coupon:
        apply_coupon(page, coupon)
        expect(page.get_by_text(f"Coupon {coupon.upper()} is applied")).to_be_visible()
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1, name="Read and sign")).to_be_visible()


def apply_coupon(page: Page, code: str) -> None:
    """Types a code and presses its own button."""
    page.get_by_label("Coupon code").fill(code)
    press(page, "Apply")


def sign(page: Page, full_name: str = "Dan Example") -> None:
    """Step 3; ends on the payment."""
    for box in page.get_by_role("checkbox", name="I agree").all():
        box.check()
    page.get_by_label("Type your full name").fill(full_name)
    press(page, "Sign and continue")
    expect(page.get_by_role("heading", level=1, name="Pay and become a member")).to_be_visible()


def walk_to_payment(page: Page, name: str = "dan", plan: str = "Glow", **details: Any) -> None:
    """Signs in and goes through every step before the payment."""
    sign_in(page, name)
    page.goto("/lumina/join")
    choose_plan(page, plan)
    fill_in_details(page, **details)
    sign(page, f"{name.title()} Example")


def card_frame(page: Page) -> FrameLocator:
    """The card field, in its frame of the payment provider."""
    return page.frame_locator('iframe[title="Secure card payment input frame"]')


def type_card(page: Page, number: str = GOOD_CARD) -> None:
    """Types a card into the payment provider's field."""
    frame = card_frame(page)
    for label, text in (
        ("Card number", number), ("Expiration date", "1234"), ("Security code", "123"), ("ZIP code", "94105"),
    ):  # fmt: skip
        frame.get_by_label(label).fill(text)


def pay_button(page: Page) -> Locator:
    """The button that says the amount."""
    return page.get_by_role("button", name=PAY)


def pay(page: Page, number: str = GOOD_CARD) -> None:
    """Types a card and presses "pay"; how it ends is for the test to see."""
    type_card(page, number)
    pay_button(page).click()


def expect_member(page: Page, name: str = "Dan") -> None:
    """Step 5."""
    expect(page.get_by_role("heading", level=1, name=f"Welcome, {name}. You are a member")).to_be_visible()


def charged_cents(world: World) -> list[int]:
    """What the sandbox Stripe has charged so far, by its own ledger."""
    return [charge["amount"] for charge in world.charges()]


def mailed_code(world: World, to: str) -> str:
    """Sends what is in the outbox; answers the six digits of the newest letter to this address."""
    world.run_jobs()
    letters = [letter for letter in world.mailbox.letters() if to in letter.to]
    assert letters, f"no letter to {to}"
    return code_in(letters[-1].text)
