"""What a patient reads when the bank says no, or asks; and that another card then pays, once."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from e2e import walk
from e2e.checks import assert_sound
from e2e.conftest import DESKTOP, PHONE, OpenBrowser, Screen
from e2e.watch import Watch
from tests.world import World

GENERIC = "Your bank declined the card without saying why."
MONEY = "The card does not have enough money available."
# A lost card reads like any other, as whoever holds it must not learn why.
DECLINES = [
    (DESKTOP, [("4000000000000002", GENERIC), ("4000000000009995", MONEY), ("4000000000009987", GENERIC)]),
    (
        PHONE,
        [
            ("4000000000000069", "The card has expired."),
            ("4000000000000127", "The security code does not fit the card."),
            ("4000000000000119", "The bank could not be asked just now."),
        ],
    ),
]
NOT_CONFIRMED = "Your bank could not confirm that it is you."


def expect_refusal(page: Page, sentence: str) -> None:
    """The sentence, announced, with all that was entered still there."""
    alert = page.get_by_role("alert").filter(has_text=sentence)
    expect(alert).to_contain_text("Nothing was charged, and nothing you entered is lost.")
    expect(alert).to_be_focused()
    expect(page.get_by_role("complementary", name="Summary")).to_contain_text("SPRING20")


def bank(page: Page) -> FrameLocator:
    """The bank's page in its dialog."""
    return page.frame_locator('iframe[title="3D Secure authentication frame"]')


@pytest.mark.parametrize(("screen", "cards"), DECLINES, ids=["desktop", "phone"])
def test_each_decline_is_worded_and_a_good_card_then_pays(
    world: World, open_browser: OpenBrowser, watch: Watch, screen: Screen, cards: list[tuple[str, str]]
) -> None:
    watch.expected |= {402, 422}
    page = open_browser(screen)
    walk.walk_to_payment(page, coupon="SPRING20")
    for number, sentence in cards:
        walk.pay(page, number)
        expect_refusal(page, sentence)
    assert_sound(page)
    assert walk.charged_cents(world) == []
    walk.pay(page)
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_the_banks_question_failed_and_abandoned_and_then_answered(
    world: World, open_browser: OpenBrowser, watch: Watch, screen: Screen
) -> None:
    watch.expected |= {402, 422}
    page = open_browser(screen)
    walk.walk_to_payment(page, coupon="SPRING20")

    walk.pay(page, walk.ASKS_THE_BANK)
    expect(bank(page).get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    assert_sound(page)
    bank(page).get_by_role("button", name="Fail authentication").click()
    expect_refusal(page, NOT_CONFIRMED)

    walk.pay(page, walk.ASKS_THE_BANK)
    bank(page).get_by_role("button", name="Close").click()
    expect_refusal(page, NOT_CONFIRMED)

    walk.pay(page, walk.ASKS_THE_BANK)
    expect(bank(page).get_by_role("button", name="Complete authentication")).to_be_visible()
    page.keyboard.press("Escape")
    expect_refusal(page, NOT_CONFIRMED)
    assert walk.charged_cents(world) == []

    walk.pay(page, walk.ASKS_THE_BANK)
    bank(page).get_by_role("button", name="Complete authentication").click()
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_a_page_left_at_the_banks_question_goes_on_where_it_stood(
    world: World, open_browser: OpenBrowser, watch: Watch
) -> None:
    watch.expected |= {422}
    page = open_browser()
    walk.walk_to_payment(page, coupon="SPRING20")
    walk.pay(page, walk.ASKS_THE_BANK)
    expect(bank(page).get_by_role("button", name="Complete authentication")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You have begun this payment before")).to_be_visible()
    assert_sound(page)
    walk.pay(page, walk.ASKS_THE_BANK)
    bank(page).get_by_role("button", name="Complete authentication").click()
    walk.expect_member(page)
    assert len(walk.charged_cents(world)) == 1


def test_a_half_typed_card_is_asked_for_in_the_field_itself(world: World, open_browser: OpenBrowser) -> None:
    page = open_browser()
    walk.walk_to_payment(page)
    walk.card_frame(page).get_by_label("Card number").fill("4242")
    walk.pay_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="Your card number is incomplete.")).to_be_visible()
    expect(walk.card_frame(page).get_by_label("Card number")).to_be_focused()
    assert_sound(page)
    assert walk.charged_cents(world) == []
    walk.pay(page)
    walk.expect_member(page)
