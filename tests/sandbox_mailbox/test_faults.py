"""The mailbox misbehaves on request, in the ways a sender must survive."""

import smtplib

import pytest

from sandbox.mailbox.server import RunningMailbox
from tests.sandbox_mailbox.conftest import Send, written


def test_the_next_messages_are_refused_for_a_while_and_not_kept(mailbox: RunningMailbox, send: Send) -> None:
    mailbox.refuse(2)

    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            send(subject="Refused")
        assert refusal.value.smtp_code == 451
    send(subject="Taken")

    assert [letter.subject for letter in mailbox.letters()] == ["Taken"]


def test_a_refused_address_stays_refused_and_others_do_not(mailbox: RunningMailbox, send: Send) -> None:
    mailbox.refuse_address("Gone@example.com")

    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(to="gone@example.com")
        assert refusal.value.recipients["gone@example.com"][0] == 550
    send(to="alice@example.com")

    assert [letter.to for letter in mailbox.letters()] == [("alice@example.com",)]


def test_a_dropped_connection_keeps_the_letter_but_the_sender_never_hears(mailbox: RunningMailbox, send: Send) -> None:
    mailbox.drop_after(1)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(subject="Once")
    send(subject="Again")

    assert [letter.subject for letter in mailbox.letters()] == ["Once", "Again"]


def test_down_cuts_open_connections_and_up_listens_on_the_same_port(mailbox: RunningMailbox, send: Send) -> None:
    send(subject="Before")
    port = mailbox.smtp_port
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as reused:
        mailbox.down()
        mailbox.down()
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            reused.send_message(written("alice@example.com", "Cut", "Hello"))
    with pytest.raises(ConnectionRefusedError):
        send(subject="Refused")

    mailbox.up()
    mailbox.up()
    send(subject="After")

    assert mailbox.smtp_port == port
    assert [letter.subject for letter in mailbox.letters()] == ["Before", "After"]


def test_clearing_ends_all_faults(mailbox: RunningMailbox, send: Send) -> None:
    mailbox.refuse(1)
    mailbox.drop_after(1)
    mailbox.refuse_address("alice@example.com")

    mailbox.clear()
    send(to="alice@example.com")

    assert len(mailbox.letters()) == 1
