"""What the letters say: the clinic's face in each, money and dates, how to cancel, nothing personal in subjects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.models import CouponRedemption, OutboxEmail
from portal.models.billing.invoice import InvoiceStatus
from portal.models.clinic.coupon import Coupon
from portal.rules import colours
from portal.rules.coupons import AmountKind, Duration
from portal.rules.dunning import Verdict
from portal.rules.states import MembershipStatus
from portal.services.letters import membership_letters, payment_letters, people_letters
from portal.services.letters.outbox import message_id
from tests.services.letters.rows import NOW, Dan, dan_joins, new_attempt, new_invoice

EVENT = "0198a0b2-7a6f-7cc2-a5a1-6f2d9f0a1b2c"


@pytest.fixture
def session(database_open: None) -> Iterator[Session]:
    with db.begin() as opened:
        yield opened


@pytest.fixture
def dan(session: Session) -> Dan:
    return dan_joins(session)


def welcome(session: Session, dan: Dan) -> None:
    membership_letters.welcome(session, dan.membership, dan.invoice, dan.receipt, dan.signed, NOW)


def renewed(session: Session, dan: Dan) -> None:
    payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)


def declined(session: Session, dan: Dan, verdict: Verdict = Verdict.RETRY, on: date | None = None) -> None:
    invoice = new_invoice(session, dan.membership, "period:2027-02-28", InvoiceStatus.OPEN)
    invoice.gives_up_on = date(2027, 3, 14)
    attempt = new_attempt(session, invoice)
    payment_letters.declined(session, dan.membership, invoice, attempt, verdict, on, NOW)


def cancelled(session: Session, dan: Dan) -> None:
    dan.membership.next_draw_on, dan.membership.ends_on = None, date(2027, 2, 27)
    membership_letters.cancellation_confirmed(session, dan.membership, dan.signed.id, NOW)


def undone(session: Session, dan: Dan) -> None:
    membership_letters.cancellation_undone(session, dan.membership, dan.signed.id, NOW)


def ended(session: Session, dan: Dan) -> None:
    membership_letters.ended(session, dan.membership, NOW)


def ended_for_non_payment(session: Session, dan: Dan) -> None:
    membership_letters.ended_for_non_payment(session, dan.membership, NOW)


def card_updated(session: Session, dan: Dan) -> None:
    membership_letters.card_updated(session, dan.membership, dan.card, "seti_1", NOW)


def sign_in_code(session: Session, dan: Dan) -> None:
    people_letters.sign_in_code(session, dan.patient, "418302", "code", NOW)


def email_confirmation(session: Session, dan: Dan) -> None:
    people_letters.email_confirmation(session, dan.patient, "418302", "code", NOW)


Queue = Callable[[Session, Dan], None]
EVERY: list[Queue] = [
    welcome, renewed, declined, cancelled, undone, ended, ended_for_non_payment, card_updated, sign_in_code,
    email_confirmation,
]  # fmt: skip


def only_letter(session: Session) -> OutboxEmail:
    session.flush()
    return session.scalars(select(OutboxEmail)).one()


def plain(letter: OutboxEmail) -> str:
    """The text on one line, as its wrapping does not matter."""
    return " ".join(letter.text_body.split())


def shown(letter: OutboxEmail) -> str:
    """What the HTML shows, on one line."""
    body = letter.html_body.split("</head>")[1]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.mark.parametrize("queue", EVERY)
def test_every_letter_shows_the_clinic_and_how_to_reach_it(session: Session, dan: Dan, queue: Queue) -> None:
    queue(session, dan)
    letter = only_letter(session)
    for body in (plain(letter), shown(letter)):
        assert "Lumina Aesthetics" in body
        assert "(310) 555-0142" in body
        assert "hello@lumina.example" in body
        assert "Hello Dan," in body
    assert letter.from_name == "Lumina Aesthetics"
    assert letter.reply_to == "hello@lumina.example"
    assert colours.accent("#b4637a", colours.LIGHT).accent in letter.html_body
    assert "https://portal.example/lumina/" in letter.text_body


@pytest.mark.parametrize("queue", EVERY)
def test_no_subject_holds_anything_personal(session: Session, dan: Dan, queue: Queue) -> None:
    queue(session, dan)
    letter = only_letter(session)
    for personal in ("Dan", "O'Neil", "dan@example.com", "Glow", "4242", "99", "418302"):
        assert personal not in letter.subject


@pytest.mark.parametrize("queue", EVERY)
def test_text_lines_are_short_and_html_loads_nothing(session: Session, dan: Dan, queue: Queue) -> None:
    queue(session, dan)
    letter = only_letter(session)
    assert not [line for line in letter.text_body.splitlines() if len(line) > 72 and "://" not in line]
    assert not re.search(r"<img|<script|<link|url\(|@import", letter.html_body)
    assert "prefers-color-scheme: dark" in letter.html_body
    assert not re.search(r"[{}]{2}|None\b|&lt;table", shown(letter) + letter.text_body)


@pytest.mark.parametrize("queue", [welcome, renewed])
def test_every_receipt_tells_number_lines_card_next_draw_and_how_to_cancel(
    session: Session, dan: Dan, queue: Queue
) -> None:
    queue(session, dan)
    letter = only_letter(session)
    cancel_url = f"https://portal.example/lumina/memberships/{dan.membership.id}/cancel"
    for body in (plain(letter), shown(letter)):
        assert "Receipt 1042" in body
        assert "January 31, 2027" in body
        assert "$99.00" in body
        assert "−$19.80" in body
        assert "$79.20" in body
        assert "Visa ending in 4242" in body
        assert "on February 28, 2027" in body
        assert "is a medical practice." in body
    assert cancel_url in letter.text_body
    assert f'href="{cancel_url}"' in letter.html_body


def test_where_patients_may_not_cancel_by_themselves_the_receipt_says_how_else(session: Session, dan: Dan) -> None:
    dan.clinic.programme.patients_may_cancel = False
    renewed(session, dan)
    letter = only_letter(session)
    assert "/cancel" not in letter.text_body + letter.html_body
    assert "To cancel, reply to this letter or call us." in plain(letter)


def test_the_welcome_holds_the_clinics_thanks_escaped(session: Session, dan: Dan) -> None:
    welcome(session, dan)
    letter = only_letter(session)
    assert "Thank you for <trusting> us." in letter.text_body
    assert "Thank you for &lt;trusting&gt; us." in letter.html_body


def test_the_welcome_tells_commitment_and_fee_only_where_there_are_any(session: Session, dan: Dan) -> None:
    dan.membership.commitment_until, dan.membership.cancellation_fee_cents = date(2027, 7, 31), 20000
    welcome(session, dan)
    assert "at least until July 31, 2027; cancelling before then costs $200.00." in plain(only_letter(session))


def test_a_running_coupon_lowers_the_next_draw_that_is_told(session: Session, dan: Dan) -> None:
    coupon = Coupon(
        clinic_id=dan.clinic.id, code="FOREVER10", code_key="forever10", amount_kind=AmountKind.PERCENT,
        amount=10, duration=Duration.FOREVER,
    )  # fmt: skip
    session.add(coupon)
    session.flush()
    redemption = CouponRedemption(
        clinic_id=dan.clinic.id, coupon_id=coupon.id, patient_id=dan.patient.id,
        membership_id=dan.membership.id, code="FOREVER10", amount_kind=AmountKind.PERCENT, amount=10,
        duration=Duration.FOREVER, on_setup_fee=False, redeemed_at=NOW,
    )  # fmt: skip
    session.add(redemption)
    renewed(session, dan)
    assert "Your next draw is $89.10 on February 28, 2027." in plain(only_letter(session))


def test_the_receipt_of_a_cancelled_membership_tells_its_end_instead_of_a_draw(session: Session, dan: Dan) -> None:
    dan.membership.next_draw_on, dan.membership.ends_on = None, date(2027, 2, 27)
    renewed(session, dan)
    told = plain(only_letter(session))
    assert "it ends on February 27, 2027" in told
    assert "next draw is" not in told


@pytest.mark.parametrize(
    ("verdict", "on", "sentence"),
    [
        (Verdict.RETRY, date(2027, 3, 1), "We try again on March 1, 2027"),
        (Verdict.RETRY, None, "this was our last try"),
        (Verdict.NEW_CARD, None, "Please use another card"),
        (Verdict.CONFIRM, date(2027, 3, 1), "Your bank wants you to confirm"),
    ],
)
def test_a_declined_letter_says_what_happens_next_and_where_to_mend_it(
    session: Session, dan: Dan, verdict: Verdict, on: date | None, sentence: str
) -> None:
    declined(session, dan, verdict, on)
    letter = only_letter(session)
    for body in (plain(letter), shown(letter)):
        assert sentence in body
        assert "$79.20" in body
        assert "Visa ending in 4242" in body
        assert re.search(r"If it is still unpaid after March 14, 2027\s?, your membership ends\.", body)
        assert "insufficient" not in body
    assert f"https://portal.example/lumina/memberships/{dan.membership.id}\n" in letter.text_body


def test_a_declined_letter_does_not_threaten_an_end_that_the_clinic_does_not_make(session: Session, dan: Dan) -> None:
    dan.clinic.programme.dunning_ends_membership = False
    dan.clinic.programme.while_past_due = "usable"
    declined(session, dan, Verdict.RETRY, date(2027, 3, 1))
    told = plain(only_letter(session))
    assert "your membership ends" not in told
    assert "You can go on using your benefits." in told


def test_a_cancellation_tells_its_last_day_its_fee_and_the_way_back(session: Session, dan: Dan) -> None:
    dan.membership.commitment_until, dan.membership.cancellation_fee_cents = date(2027, 7, 31), 20000
    cancelled(session, dan)
    told = plain(only_letter(session))
    assert "ends on February 27, 2027" in told
    assert "cancellation fee of $200.00" in told
    assert "you can undo the cancellation" in told


def test_cancelling_while_past_due_offers_no_way_back(session: Session, dan: Dan) -> None:
    dan.membership.status = MembershipStatus.PAST_DUE
    cancelled(session, dan)
    told = plain(only_letter(session))
    assert "ended on February 27, 2027" in told
    assert "is not asked for again" in told
    assert "undo" not in told


def test_a_patient_without_a_name_is_greeted_plainly(session: Session, dan: Dan) -> None:
    dan.patient.first_name = ""
    sign_in_code(session, dan)
    assert "Hello,\n" in only_letter(session).text_body


def test_a_name_that_is_markup_stays_a_name(session: Session, dan: Dan) -> None:
    dan.patient.first_name = "<b>{{ 7*7 }}</b>"
    renewed(session, dan)
    letter = only_letter(session)
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in letter.html_body
    assert "Hello <b>{{ 7*7 }}</b>," in letter.text_body


def test_the_same_letter_of_two_clinics_has_two_message_ids(session: Session, dan: Dan) -> None:
    assert message_id(dan.clinic.id, "ended", EVENT) == message_id(dan.clinic.id, "ended", EVENT)
    assert message_id(dan.clinic.id, "ended", EVENT) != message_id(dan.patient.id, "ended", EVENT)
    assert message_id(dan.clinic.id, "ended", EVENT).endswith("@portal.example>")
