"""A receipt as PDF: everything a patient asks of one, for screen readers too, and the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from portal import db, letters_env
from portal.models import Receipt
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.states import MembershipStatus
from portal.services.billing import receipt_paper
from tests.services.letters.conftest import settings
from tests.services.letters.rows import NOW, Dan, dan_joins, new_clinic, new_invoice

SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
ONLINE = "You can cancel online at any time, without calling"


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


def told(session: Session, dan: Dan) -> str:
    session.flush()
    return words(receipt_paper.pdf(session, dan.clinic, dan.receipt))


def test_a_receipt_tells_who_paid_what_with_which_card_and_what_comes_next(session: Session, dan: Dan) -> None:
    paper = told(session, dan)
    for part in (
        "Lumina Aesthetics", "1200 Ocean Avenue, Santa Monica", "(310) 555-0142 · hello@lumina.example",
        "Receipt 1042", "January 31, 2027 · Lumina Circle", "Patient Dan O'Neil", "Membership Glow",
        "For the days January 31, 2027 to February 27, 2027", "Card Visa ending in 4242",
        "Glow membership, Jan 31 – Feb 27, 2027 $99.00", "Coupon SPRING20 −$19.80", "Paid $79.20",
        "Next draw $99.00 on February 28, 2027", f"How to cancel {ONLINE}",
        f"https://portal.example/lumina/memberships/{dan.membership.id}/cancel",
        "Lumina Aesthetics is a medical practice.",
    ):  # fmt: skip
        # A long address is broken over two lines.
        assert part.replace(" ", "") in paper.replace(" ", ""), part


def test_the_date_is_that_of_the_clinic(session: Session, dan: Dan) -> None:
    assert dan.receipt.at == NOW
    dan.clinic.time_zone = "Pacific/Kiritimati"
    assert "Receipt 1042 February 1, 2027" in told(session, dan)


def test_a_receipt_is_accessible_and_the_same_bytes_every_time(session: Session, dan: Dan) -> None:
    first, second = (receipt_paper.pdf(session, dan.clinic, dan.receipt) for _ in range(2))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()
    reader = PdfReader(BytesIO(first))
    root = reader.root_object
    assert str(root["/Lang"]) == "en"
    assert "/StructTreeRoot" in root
    assert reader.xmp_metadata is not None
    assert b"pdfuaid:part" in reader.xmp_metadata.stream.get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Receipt 1042 – Lumina Aesthetics"
    assert len(reader.pages) == 1


def test_a_cancelled_membership_tells_its_end_in_place_of_a_draw(session: Session, dan: Dan) -> None:
    dan.membership.ends_on, dan.membership.next_draw_on = date(2027, 2, 27), None
    paper = told(session, dan)
    assert "it ends on February 27, 2027, and no further draw follows." in paper
    assert "Next draw" not in paper
    assert "How to cancel" not in paper


def test_an_ended_membership_tells_the_day(session: Session, dan: Dan) -> None:
    dan.membership.status, dan.membership.next_draw_on = MembershipStatus.ENDED, None
    dan.membership.ends_on, dan.membership.ended_on = date(2027, 2, 27), date(2027, 2, 28)
    paper = told(session, dan)
    assert "It ended on February 28, 2027. No further draw follows." in paper
    assert "How to cancel" not in paper


def test_while_past_due_no_next_draw_is_promised(session: Session, dan: Dan) -> None:
    dan.membership.status = MembershipStatus.PAST_DUE
    paper = told(session, dan)
    assert "A payment is past due A later draw was declined." in paper
    assert "Next draw" not in paper
    assert ONLINE in paper


def test_where_the_clinic_cancels_for_its_patients_the_receipt_names_mail_and_phone(session: Session, dan: Dan) -> None:
    dan.clinic.programme.patients_may_cancel = False
    paper = told(session, dan)
    assert "To cancel, write to hello@lumina.example or call (310) 555-0142." in paper
    assert ONLINE not in paper


def test_a_receipt_of_nothing_names_no_card(session: Session, dan: Dan) -> None:
    invoice = new_invoice(session, dan.membership, "period:2027-02-28", InvoiceStatus.WAIVED)
    dan.receipt = Receipt(
        clinic_id=dan.clinic.id, invoice_id=invoice.id, patient_id=dan.patient.id, number=1043, cents=0,
        currency="USD", at=NOW,
    )  # fmt: skip
    session.add(dan.receipt)
    paper = told(session, dan)
    assert "Nothing to pay $0.00" in paper
    assert "Card" not in paper


def test_names_are_words_and_never_markup(session: Session, dan: Dan) -> None:
    dan.patient.first_name = "<b>Dan</b>"
    assert "Patient <b>Dan</b> O'Neil" in told(session, dan)


def test_the_clinics_logo_takes_the_place_of_its_letter(session: Session, dan: Dan) -> None:
    without = told(session, dan)
    dan.clinic.logo, dan.clinic.logo_type = SQUARE, "image/svg+xml"
    assert without.replace("L Lumina", "Lumina", 1) == told(session, dan)


def test_another_clinic_writes_no_receipt_of_this_one(session: Session, dan: Dan) -> None:
    harbor = new_clinic(session, "harbor", "Harbor Skin Studio")
    with pytest.raises(NoResultFound):
        receipt_paper.pdf(session, harbor, dan.receipt)
