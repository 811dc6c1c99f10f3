"""The receipt of a payment as PDF: linked where payments stand, and nobody else's."""

from __future__ import annotations

import re
from io import BytesIO

from pypdf import PdfReader

from tests.pages import PageClient
from tests.routes.members import NOWHERE, Visit, alice_joins, assert_only_alice_may_open, decline_next_draw
from tests.world import World

LINK = re.compile(r'href="(/lumina/payments/[0-9a-f-]{36}/receipt\.pdf)">(?:<span>)?Receipt \(PDF\)')


def _links(browser: PageClient, path: str = "/lumina/payments") -> list[str]:
    return LINK.findall(browser.get(path).get_data(as_text=True))


def test_a_receipt_is_linked_from_the_list_and_the_payment_and_kept_as_pdf(world: World, visit: Visit) -> None:
    alice_joins(world, coupon="SPRING20")
    alice = visit().sign_in("alice")
    [address] = _links(alice)
    assert _links(alice, address.removesuffix("/receipt.pdf")) == [address]
    answer = alice.get(address)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipt-1.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert alice.get(address).data == answer.data
    paper = " ".join(PdfReader(BytesIO(answer.data)).pages[0].extract_text().split())
    for part in ("Receipt 1", "Alice Example", "Coupon SPRING20 −$19.80", "Paid $79.20", "on February 28, 2027"):
        assert part in paper, part


def test_a_declined_payment_has_no_receipt(world: World, visit: Visit) -> None:
    decline_next_draw(world, alice_joins(world))
    alice = visit().sign_in("alice")
    listed = alice.get("/lumina/payments").get_data(as_text=True)
    newest = re.search(r"/lumina/payments/[0-9a-f-]{36}", listed)
    assert newest
    declined = f"{newest.group(0)}/receipt.pdf"
    assert len(_links(alice)) == 1
    assert declined not in _links(alice)
    assert not _links(alice, newest.group(0))
    assert alice.get(declined).status_code == 404


def test_only_its_patient_may_have_a_receipt(world: World, visit: Visit) -> None:
    alice_joins(world)
    alice = visit().sign_in("alice")
    [address] = _links(alice)
    assert_only_alice_may_open(visit, address)
    assert alice.get(f"/lumina/payments/{NOWHERE}/receipt.pdf").status_code == 404
