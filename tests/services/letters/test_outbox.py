"""The outbox over real SMTP: queued once, sent once, through outages, refusals and lost answers."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal import clock, db
from portal.models import OutboxEmail
from portal.services.letters import membership_letters, outbox, payment_letters, people_letters
from sandbox.mailbox.server import RunningMailbox
from tests.services.letters.conftest import wait_out_the_pause
from tests.services.letters.rows import NOW, Dan, dan_joins, letters, new_code, new_patient


def queue_receipt(session: Session) -> Dan:
    dan = dan_joins(session)
    payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)
    return dan


def test_a_letter_arrives_as_it_was_queued(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    assert outbox.send_pending() == Counter(sent=1)
    [arrived] = post.letters()
    [queued] = letters()
    assert arrived.to == ("dan@example.com",)
    assert arrived.from_ == "Lumina Aesthetics <no-reply@portal.example>"
    assert arrived.reply_to == "hello@lumina.example"
    assert arrived.subject == queued.subject == "Receipt for your membership at Lumina Aesthetics"
    assert arrived.text == queued.text_body
    assert arrived.html == queued.html_body
    assert arrived.message_id == queued.message_id
    assert [name for name, _ in arrived.headers].count("Message-ID") == 1
    assert queued.sent_at is not None


def test_a_letter_is_sent_once_however_often_the_job_runs(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    for _ in range(3):
        outbox.send_pending()
    assert len(post.letters()) == 1


def test_two_schedulers_send_each_letter_once(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        for number in range(8):
            membership_letters.card_updated(session, dan.membership, dan.card, f"seti_{number}", NOW)
    threads = [threading.Thread(target=outbox.send_pending) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(arrived.message_id for arrived in post.letters()) == Counter(
        letter.message_id for letter in letters()
    )


def test_queueing_twice_keeps_one_letter(database_open: None) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)
    assert len(letters()) == 1


def test_a_race_for_the_same_letter_keeps_the_rest_of_the_transaction(
    database_open: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look finds nothing, as when the other transaction has not committed yet."""
    with db.begin() as session:
        dan = queue_receipt(session)
    looks = iter([False, True])
    monkeypatch.setattr(outbox, "_is_queued", lambda *_: next(looks))
    with db.begin() as session:
        new_patient(session, dan.clinic, "erin@example.com")
        payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)
        new_patient(session, dan.clinic, "nora@example.com")
    assert len(letters()) == 1


def test_a_rolled_back_change_sends_nothing(post: RunningMailbox) -> None:
    def change() -> None:
        with db.begin() as session:
            queue_receipt(session)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change()
    assert outbox.send_pending() == Counter()
    assert not post.letters()


def test_an_outage_keeps_letters_and_they_leave_once_afterwards(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    post.down()
    assert outbox.send_pending() == Counter(away=1)
    assert outbox.send_pending() == Counter(), "it waits before it tries again"
    [waiting] = letters()
    assert waiting.tries == 1
    assert waiting.given_up_at is None
    assert "dan" not in (waiting.last_error or "")
    post.up()
    wait_out_the_pause()
    assert outbox.send_pending() == Counter(sent=1)
    assert len(post.letters()) == 1


def test_pauses_grow_to_an_hour_and_an_outage_never_gives_a_letter_up(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    post.down()
    pauses = []
    for _ in range(8):
        outbox.send_pending()
        [waiting] = letters()
        pauses.append(round((waiting.next_try_at - clock.wall_now()).total_seconds() / 60))
        wait_out_the_pause()
    assert pauses == [1, 2, 5, 15, 60, 60, 60, 60]
    assert waiting.given_up_at is None


def test_a_refused_address_gives_up_that_letter_only(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        other = new_patient(session, dan.clinic, "erin@example.com")
        people_letters.sign_in_code(session, other, "418302", "first", NOW)
    post.refuse_address("dan@example.com")
    assert outbox.send_pending() == Counter(refused=1, sent=1)
    assert [arrived.to for arrived in post.letters()] == [("erin@example.com",)]
    refused = next(letter for letter in letters() if letter.kind == "renewed")
    assert refused.given_up_at is not None
    assert refused.last_error == "refused by the mail server (550)"


def test_a_letter_that_is_put_off_leaves_later(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    post.refuse(1)
    assert outbox.send_pending() == Counter(delayed=1)
    wait_out_the_pause()
    assert outbox.send_pending() == Counter(sent=1)


def test_a_lost_answer_sends_the_same_message_id_again(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    post.drop_after(1)
    assert outbox.send_pending() == Counter(away=1)
    [waiting] = letters()
    assert waiting.claimed_until is None
    wait_out_the_pause()
    outbox.send_pending()
    assert len(post.letters()) == 2
    assert len({arrived.message_id for arrived in post.letters()}) == 1


def test_a_letter_that_breaks_the_line_does_not_hold_up_the_others(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        membership_letters.card_updated(session, dan.membership, dan.card, "seti_1", NOW)
    post.drop_after(1)
    outbox.send_pending()
    by_kind = {letter.kind: letter for letter in letters()}
    assert by_kind["card_updated"].next_try_at < by_kind["renewed"].next_try_at


def test_a_crash_while_sending_frees_the_letter_when_its_lease_runs_out(post: RunningMailbox) -> None:
    with db.begin() as session:
        queue_receipt(session)
    [letter] = letters()
    assert outbox._claim(letter.id, Counter()) is not None
    assert outbox.send_pending() == Counter(), "another process has it"
    with db.begin() as session:
        session.execute(update(OutboxEmail).values(claimed_until=clock.wall_now() - timedelta(seconds=1)))
    assert outbox.send_pending() == Counter(sent=1)


def test_one_broken_letter_does_not_stop_the_others(post: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        membership_letters.welcome(session, dan.membership, dan.invoice, dan.receipt, dan.signed, NOW)
    monkeypatch.setattr(outbox.attachments.documents, "pdf", lambda *_: 1 / 0)
    assert outbox.send_pending() == Counter(sent=1, delayed=1)
    broken = next(letter for letter in letters() if letter.kind == "welcome")
    assert broken.last_error == "ZeroDivisionError"


def test_the_welcome_letter_carries_the_signed_agreement(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        membership_letters.welcome(session, dan.membership, dan.invoice, dan.receipt, dan.signed, NOW)
    outbox.send_pending()
    [arrived] = post.letters()
    [attached] = arrived.attachments
    assert attached.filename == "membership-agreement.pdf"
    assert attached.content_type == "application/pdf"
    assert attached.content.startswith(b"%PDF-")


def test_sign_in_codes_leave_first_and_are_erased_afterwards(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = queue_receipt(session)
        new_code(session, dan, timedelta(minutes=10))
    outbox.send_pending()
    first, _second = post.letters()
    assert "418302" in first.text
    assert "418302" not in first.subject
    code_letter = next(letter for letter in letters() if letter.kind == "sign_in_code")
    assert code_letter.text_body == code_letter.html_body == ""


def test_a_clinic_with_a_comma_and_an_umlaut_in_its_name_is_still_the_sender(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        dan.clinic.name = 'Glöw, "Skin" & Co.'
        payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)
    assert outbox.send_pending() == Counter(sent=1)
    [arrived] = post.letters()
    assert arrived.sender_name == 'Glöw, "Skin" & Co.'


def test_long_lines_of_a_clinic_arrive_whole_in_lines_that_every_server_takes(post: RunningMailbox) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        dan.clinic.programme.receipt_footer = "schön " * 100
        payment_letters.renewed(session, dan.membership, dan.invoice, dan.receipt, NOW)
    assert outbox.send_pending() == Counter(sent=1)
    [arrived] = post.letters()
    assert arrived.html == letters()[0].html_body
    assert arrived.html.count("schön") == arrived.text.count("schön") == 100
    assert max(len(line) for line in arrived.raw.splitlines()) <= 100
