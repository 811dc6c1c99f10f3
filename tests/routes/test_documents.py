"""A patient's signed agreements: the list, the page, the PDF."""

from __future__ import annotations

import re

from tests.pages import PageClient, words
from tests.routes.members import NOWHERE, Visit, alice_joins, assert_only_alice_may_open
from tests.world import World


def _first_document(browser: PageClient) -> str:
    found = re.search(r"/lumina/documents/[0-9a-f-]{36}", browser.get("/lumina/documents").get_data(as_text=True))
    assert found
    return found.group(0)


def test_a_signed_agreement_is_read_and_kept_as_pdf(world: World, visit: Visit) -> None:
    alice_joins(world)
    alice = visit().sign_in("alice")
    assert re.search(r"Signed January 31, 2027, .* as Alice Example", words(alice.get("/lumina/documents")))
    address = _first_document(alice)
    page = words(alice.get(address))
    assert "This agreement is between Alice Example" in page
    assert "Signed by typing Alice Example" in page
    pdf = alice.get(f"{address}.pdf")
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="agreement-2027-01-31.pdf"'
    assert pdf.headers["Cache-Control"] == "no-store"


def test_without_a_signature_there_is_no_document(world: World, visit: Visit) -> None:
    world.arrive("dan")
    assert "No documents yet" in words(visit().sign_in("dan").get("/lumina/documents"))
    assert visit().get("/lumina/documents").status_code == 302


def test_only_its_signer_reads_an_agreement(world: World, visit: Visit) -> None:
    alice_joins(world)
    alice = visit().sign_in("alice")
    address = _first_document(alice)
    assert_only_alice_may_open(visit, address)
    assert_only_alice_may_open(visit, f"{address}.pdf")
    assert alice.get(f"/lumina/documents/{NOWHERE}.pdf").status_code == 404
