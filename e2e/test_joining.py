"""The main job: Dan becomes a member, reads his letter, and is renewed on his draw day."""

from __future__ import annotations

import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from e2e import walk
from e2e.checks import assert_sound
from e2e.conftest import OpenBrowser, Screen
from tests.world import World


def pdf_text(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def join_step_by_step(page: Page) -> None:
    page.goto("/lumina/")
    walk.follow(page, "Become a member")
    walk.type_password(page, "dan")
    assert_sound(page)
    walk.choose_plan(page)
    page.get_by_label("Draw day").fill("31")
    walk.apply_coupon(page, "spring20")
    expect(page.get_by_text("Coupon SPRING20 is applied")).to_be_visible()
    expect(page.get_by_text("20% off your first 3 full charges.")).to_be_visible()
    assert_sound(page)
    walk.press(page, "Continue")
    assert_sound(page)
    walk.sign(page)
    expect(walk.card_frame(page).get_by_label("Card number")).to_be_visible()
    expect(page.get_by_text("Glow: $99.00 on the 31st of each month, or the month’s last day")).to_be_visible()
    expect(page.get_by_text("Online under Memberships, at any time")).to_be_visible()
    assert_sound(page)
    walk.pay(page)
    walk.expect_member(page)
    assert_sound(page)


def test_dan_joins_with_a_coupon_and_is_renewed_on_the_31st(
    world: World, open_browser: OpenBrowser, screen: Screen
) -> None:
    page = open_browser(screen)
    join_step_by_step(page)
    first_cents = walk.charged_cents(world)
    assert len(first_cents) == 1
    expect(page.get_by_role("main")).to_contain_text(f"${first_cents[0] / 100:.2f}")

    world.run_jobs()
    (welcome,) = world.mailbox.letters()
    assert welcome.to == ("dan@example.com",)
    assert "SPRING20" in welcome.text
    (agreement,) = welcome.attachments
    assert "Glow membership agreement" in pdf_text(agreement.content)

    page.get_by_role("button", name="Jump to the next draw day").click()
    expect(page.get_by_text(re.compile(r"It is now Sunday, 31 January 2027\. Draws: 1\."))).to_be_visible()
    assert walk.charged_cents(world) == [*first_cents, 7920]
    receipt = world.mailbox.letters()[-1]
    assert receipt.subject == "Receipt for your membership at Lumina Aesthetics"
    assert "$79.20" in receipt.text


def test_dan_finds_his_renewal_and_his_agreement_again(
    world: World, open_browser: OpenBrowser, screen: Screen, tmp_path: Path
) -> None:
    world.join("dan", draw_day=31, coupon="SPRING20")
    world.advance_to("2027-01-31")
    page = open_browser(screen)
    walk.sign_in(page, "dan")
    walk.follow(page, "Membership details")
    expect(page.get_by_role("main")).to_contain_text("Renewed: $79.20")
    expect(page.get_by_role("main")).to_contain_text("February 28, 2027")
    assert_sound(page)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Payments").click()
    expect(page.get_by_role("cell", name="$79.20")).to_be_visible()
    walk.follow(page, "January 31, 2027")
    expect(page.get_by_role("main")).to_contain_text("SPRING20")
    assert_sound(page)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Documents").click()
    with page.expect_download() as coming:
        walk.follow(page, "Download PDF")
    saved = tmp_path / "agreement.pdf"
    coming.value.save_as(saved)
    assert "Dan Example" in pdf_text(saved.read_bytes())
