"""A letter that waited is sent only while what it tells is true."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from portal import db
from portal.models import Invoice, MembershipEvent
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.dunning import Verdict
from portal.services.letters import membership_letters, outbox, payment_letters
from sandbox.mailbox.server import RunningMailbox
from tests.services.letters.rows import NOW, Dan, dan_joins, letters, new_attempt, new_code, new_invoice


def decline(session: Session, dan: Dan, invoice: Invoice, number: int) -> UUID:
    attempt = new_attempt(session, invoice, number)
    payment_letters.declined(session, dan.membership, invoice, attempt, Verdict.RETRY, date(2027, 3, 1), NOW)
    return attempt.id


def event(session: Session, dan: Dan, kind: str) -> UUID:
    row = MembershipEvent(
        clinic_id=dan.clinic.id, membership_id=dan.membership.id, kind=kind, at=NOW, on=NOW.date(),
        actor="patient",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def test_an_expired_code_is_not_sent(post: RunningMailbox) -> None:
    with db.begin() as session:
        new_code(session, dan_joins(session), timedelta(minutes=-1))
    assert outbox.send_pending() == Counter(stale=1)
    assert not post.letters()
    [letter] = letters()
    assert letter.given_up_at is not None
    assert letter.text_body == ""


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_declined_letter_leaves_only_while_it_is_unpaid(post: RunningMailbox, is_paid: bool) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        invoice = new_invoice(session, dan.membership, "period:2027-02-28", InvoiceStatus.OPEN)
        decline(session, dan, invoice, 1)
        if is_paid:
            invoice.status, invoice.paid_at = InvoiceStatus.PAID, NOW
    assert outbox.send_pending() == (Counter(stale=1) if is_paid else Counter(sent=1))


def test_after_an_outage_only_the_newest_declined_letter_leaves(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        invoice = new_invoice(session, dan.membership, "period:2027-02-28", InvoiceStatus.OPEN)
        decline(session, dan, invoice, 1)
        newest = decline(session, dan, invoice, 2)
    assert outbox.send_pending() == Counter(stale=1, sent=1)
    [sent] = [letter for letter in letters() if letter.sent_at]
    assert sent.cause == str(newest)


def test_a_cancellation_undone_before_its_letter_left_is_told_by_its_last_word_only(
    post: RunningMailbox,
) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        cancelled, undone = (event(session, dan, kind) for kind in ("cancelled", "cancellation_undone"))
        membership_letters.cancellation_confirmed(session, dan.membership, cancelled, NOW)
        membership_letters.cancellation_undone(session, dan.membership, undone, NOW)
    assert outbox.send_pending() == Counter(stale=1, sent=1)
    [arrived] = post.letters()
    assert arrived.subject == "Your membership goes on"
