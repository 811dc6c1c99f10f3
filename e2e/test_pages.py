"""Every page at both widths, in light and dark: WCAG 2.2 AA, one h1, nothing wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page
from sqlalchemy import select

from e2e import walk
from e2e.checks import assert_colours_sound, assert_sound
from e2e.conftest import OpenBrowser, Screen
from portal import db
from portal.models import Invoice, SignedAgreement
from tests.architecture import tree
from tests.world import World

# The list of all addresses is kept whole by a test of its own, so that a new page is opened here at once.
ADDRESSES: Path = tree.ROOT / "tests/architecture/urls.txt"
NOT_PAGES = re.compile(r"/(logo|theme\.css|healthz|readyz|static/.*)$|\.pdf$")


def pages_of(guard: str) -> list[str]:
    """The addresses that this guard lets in by GET, with their placeholders."""
    lines = [line.split() for line in ADDRESSES.read_text().splitlines()]
    found = [rule for methods, kept_by, rule in lines if "GET" in methods.split(",") and kept_by == guard]
    return [rule for rule in found if not NOT_PAGES.search(rule)]


def filled_in(rule: str, ids: dict[str, UUID]) -> str:
    address = rule.replace("<clinic_slug>", "lumina")
    for name, row_id in ids.items():
        address = address.replace(f"<uuid:{name}>", str(row_id))
    assert "<" not in address, f"this test knows no id for {address}"
    return address


def assert_sound_in_both_schemes(page: Page, addresses: Iterable[str]) -> None:
    """Opens each address; what leads to a page that was seen already is not looked at again."""
    seen = set()
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"
        if page.url in seen:
            continue
        seen.add(page.url)
        if page.locator("#payment-element").is_visible():
            walk.card_frame(page).get_by_label("Card number").wait_for()
        page.emulate_media(color_scheme="light")
        assert_sound(page)
        page.emulate_media(color_scheme="dark")
        assert_colours_sound(page)


def ids_of(world: World, name: str, membership_id: UUID) -> dict[str, UUID]:
    with db.reading() as session:
        invoice = select(Invoice.id).where(Invoice.membership_id == membership_id).order_by(Invoice.id.desc())
        signed = select(SignedAgreement.id).where(SignedAgreement.patient_id == world.people[name])
        ids = {
            "membership_id": membership_id,
            "invoice_id": session.scalars(invoice).first(),
            "document_id": session.scalars(signed).first(),
        }
    return {name: row_id for name, row_id in ids.items() if row_id is not None}


def test_every_public_page(world: World, open_browser: OpenBrowser, screen: Screen) -> None:
    page = open_browser(screen)
    public = [filled_in(rule, {}) for rule in pages_of("anyone")]
    assert_sound_in_both_schemes(page, [*public, "/harbor/", "/sandbox/"])


def test_every_page_of_a_member_who_is_about_to_take_a_second_plan(
    world: World, open_browser: OpenBrowser, screen: Screen
) -> None:
    world.arrive("alice")
    ids = ids_of(world, "alice", world.join("alice", draw_day=31, coupon="SPRING20"))
    ids["enrollment_id"] = world.sign("alice", "radiance", draw_day=15).enrollment_id
    page = open_browser(screen)
    walk.sign_in(page, "alice")
    assert_sound_in_both_schemes(page, [filled_in(rule, ids) for rule in pages_of("patient_only")])


def test_the_pages_of_a_patient_who_has_nothing_yet(world: World, open_browser: OpenBrowser, screen: Screen) -> None:
    page = open_browser(screen)
    walk.sign_in(page, "dan")
    general = [filled_in(rule, {}) for rule in pages_of("patient_only") if "<uuid:" not in rule]
    assert_sound_in_both_schemes(page, general)


def test_the_pages_of_a_member_who_is_past_due_and_of_one_who_has_left(
    world: World, open_browser: OpenBrowser, screen: Screen
) -> None:
    world.arrive("cara")
    membership_id = world.join("cara", card="pm_card_chargeCustomerFail", draw_day=13)
    world.advance_to("2027-01-13")
    ids = ids_of(world, "cara", membership_id)
    page = open_browser(screen)
    walk.sign_in(page, "cara")
    touched = [rule for rule in pages_of("patient_only") if re.search(r"/(memberships|payments|cards)", rule)]
    assert_sound_in_both_schemes(page, [filled_in(rule, ids) for rule in touched])
    world.advance_to("2027-01-28")
    assert world.membership(membership_id).status == "ended"
    assert_sound_in_both_schemes(page, ["/lumina/memberships", f"/lumina/memberships/{membership_id}"])
