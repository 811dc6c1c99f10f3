"""The wizard by keyboard alone: every control is reached by Tab, shows that it has the focus, and works."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e import walk
from e2e.conftest import OpenBrowser
from tests.world import World

MOST_STOPS = 60
# Whether the focused element, or the card around a radio, draws a ring or a border of its own for it.
SHOWS_FOCUS = """element => {
    const seen = element.closest(".plan, .option, .choice") || element;
    const [own, around] = [getComputedStyle(element), getComputedStyle(seen)];
    return [own, around].some(style =>
        (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none");
}"""


def has_focus(target: Locator) -> bool:
    return bool(target.evaluate("element => element.ownerDocument.activeElement === element"))


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the target has the focus, which must be seen."""
    for _ in range(MOST_STOPS):
        if has_focus(target):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    assert target.evaluate(SHOWS_FOCUS), f"nobody sees that {target} has the focus"
    expect(target).to_be_in_viewport()


def press_enter_on(page: Page, name: str) -> None:
    tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def type_into(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_dan_becomes_a_member_without_a_mouse(world: World, open_browser: OpenBrowser) -> None:
    page = open_browser()
    page.goto("/lumina/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Become a member").first)
    page.keyboard.press("Enter")

    type_into(page, page.get_by_label("E-mail"), "dan@example.com")
    type_into(page, page.get_by_label("Password", exact=True), "demo-pass-2026")
    page.keyboard.press("Enter")

    tab_to(page, page.get_by_role("radio", name="Choose Glow"))
    page.keyboard.press("Space")
    expect(page.get_by_role("complementary", name="Summary")).to_contain_text("$99.00")
    press_enter_on(page, "Continue")

    type_into(page, page.get_by_label("Draw day"), "31")
    type_into(page, page.get_by_label("Coupon code"), "SPRING20")
    press_enter_on(page, "Apply")
    expect(page.get_by_text("Coupon SPRING20 is applied")).to_be_visible()
    expect(page.get_by_label("Draw day")).to_have_value("31")
    press_enter_on(page, "Continue")

    tab_to(page, page.get_by_role("region", name="Text of the agreement"))
    for box in page.get_by_role("checkbox", name="I agree").all():
        tab_to(page, box)
        page.keyboard.press("Space")
        expect(box).to_be_checked()
    type_into(page, page.get_by_label("Type your full name"), "Dan Example")
    press_enter_on(page, "Sign and continue")

    frame = walk.card_frame(page)
    expect(frame.get_by_label("Card number")).to_be_visible()
    type_into(page, frame.get_by_label("Card number"), walk.GOOD_CARD)
    type_into(page, frame.get_by_label("Expiration date"), "1234")
    type_into(page, frame.get_by_label("Security code"), "123")
    type_into(page, frame.get_by_label("ZIP code"), "94105")
    tab_to(page, walk.pay_button(page))
    page.keyboard.press("Enter")
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1
