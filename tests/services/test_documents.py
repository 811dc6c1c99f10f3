"""Signed agreements: found by their patient alone, proved intact, and written as the same PDF every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from portal import db, letters_env
from portal.gateways import pdf
from portal.services.membership import documents
from tests.services.letters.conftest import settings
from tests.services.letters.rows import Dan, dan_joins, new_clinic, new_patient

SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    letters_env.configure(settings())
    engine = db.connect(database_url)
    with db.begin() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def dan(session: Session) -> Dan:
    return dan_joins(session)


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_a_patient_finds_their_own_documents_and_nobody_elses(session: Session, dan: Dan) -> None:
    erin = new_patient(session, dan.clinic, "erin@example.com")
    nora = new_patient(session, new_clinic(session, "harbor", "Harbor Skin Studio"), "nora@example.com")
    assert [row.id for row in documents.of_patient(session, dan.patient)] == [dan.signed.id]
    assert documents.mine_or_none(session, dan.patient, dan.signed.id) is dan.signed
    for other in (erin, nora):
        assert not documents.of_patient(session, other)
        assert documents.mine_or_none(session, other, dan.signed.id) is None


def test_the_pdf_holds_text_signature_disclosure_consents_and_evidence(session: Session, dan: Dan) -> None:
    told = words(documents.pdf(dan.signed, dan.clinic))
    for part in (
        "Lumina Aesthetics", "1200 Ocean Avenue", "(310) 555-0142", "Glow membership agreement", "ersion 3",
        "This agreement is between Lumina Aesthetics and Dan O'Neil.", "Next draw: $99.00 on February 28, 2027",
        "I agree to sign electronically.", "I agree to be charged $99.00 every month until I cancel.",
        "January 31, 2027, 10:04:05 AM PST", "January 31, 2027, 6:04:05 PM UTC", "203.0.113.7",
        "Mozilla/5.0 (iPhone)", dan.signed.text_sha256, str(dan.signed.id), "computed anew for this copy, is the same",
    ):  # fmt: skip
        assert part in told, part


def test_the_pdf_is_accessible_and_the_same_bytes_every_time(session: Session, dan: Dan) -> None:
    first, second = (documents.pdf(dan.signed, dan.clinic) for _ in range(2))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()
    reader = PdfReader(BytesIO(first))
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Glow membership agreement – Lumina Aesthetics"


def test_a_text_that_was_changed_afterwards_is_told(session: Session, dan: Dan) -> None:
    assert documents.is_intact(dan.signed)
    session.expunge(dan.signed)
    dan.signed.text = dan.signed.text.replace("Dan", "Ben")
    assert not documents.is_intact(dan.signed)
    assert "does not match" in words(documents.pdf(dan.signed, dan.clinic))


def test_the_clinics_logo_takes_the_place_of_its_letter(session: Session, dan: Dan) -> None:
    without = documents.pdf(dan.signed, dan.clinic)
    dan.clinic.logo, dan.clinic.logo_type = SQUARE, "image/svg+xml"
    assert documents.pdf(dan.signed, dan.clinic) != without


def test_a_document_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p::after { content: 'secret' }")
    head = f"<head><title>t</title><link rel=stylesheet href='file://{secret}'></head>"
    html = f"<html lang=en>{head}<body><p>told</p></body></html>"
    written = words(pdf.from_html(html, f"@import url('file://{secret}');"))
    assert written == "told"
