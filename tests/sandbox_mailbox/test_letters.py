"""Letters arrive over real SMTP and are read back as they were written."""

import smtplib
from datetime import UTC
from pathlib import Path

import pytest

from sandbox.mailbox.server import RunningMailbox, start
from tests.sandbox_mailbox.conftest import Send, written

PDF = b"%PDF-1.7 " + bytes(range(256))


def test_a_letter_is_read_back_with_all_its_parts(mailbox: RunningMailbox) -> None:
    message = written(
        "Ana Núñez <ana@example.com>",
        "Bienvenida, Ana — está dentro",
        "Hola Ana\n¡Adiós!\n",
        "<p>Hola <b>Ana</b></p>",
    )
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="Acuerdo de Núñez.pdf")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        connection.send_message(message)

    [letter] = mailbox.letters()

    assert letter.to == ("ana@example.com",)
    assert letter.from_ == "Lumina Aesthetics <no-reply@lumina.example>"
    assert letter.reply_to == "desk@lumina.example"
    assert letter.subject == "Bienvenida, Ana — está dentro"
    assert letter.text == "Hola Ana\n¡Adiós!\n"
    assert letter.html == "<p>Hola <b>Ana</b></p>\n"
    assert letter.message_id == message["Message-ID"]
    assert letter.received_at.tzinfo is UTC
    [(filename, content_type, content, _)] = letter.attachments
    assert (filename, content_type, content) == ("Acuerdo de Núñez.pdf", "application/pdf", PDF)


def test_recipients_are_the_envelopes_so_a_hidden_copy_is_seen(mailbox: RunningMailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        connection.send_message(
            written("alice@example.com", "Hi", "Hi"), to_addrs=["alice@example.com", "audit@example.com"]
        )

    assert mailbox.letters()[0].to == ("alice@example.com", "audit@example.com")


def test_letters_stand_in_the_order_of_their_arrival_and_can_be_cleared(mailbox: RunningMailbox, send: Send) -> None:
    for subject in ("One", "Two", "Three"):
        send(subject=subject)
    assert [letter.subject for letter in mailbox.letters()] == ["One", "Two", "Three"]

    mailbox.clear()

    assert mailbox.letters() == []


def test_a_picture_inside_the_html_is_no_attachment(mailbox: RunningMailbox) -> None:
    message = written("a@example.com", "Logo", "Hi", '<img src="cid:logo">')
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<logo>")  # type: ignore[index, union-attr]
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        connection.send_message(message)

    [letter] = mailbox.letters()

    assert letter.attachments == []
    assert [file.content_id for file in letter.files] == ["logo"]


def test_with_a_folder_letters_survive_a_restart(tmp_path: Path) -> None:
    with start(folder=tmp_path) as first:
        for subject in ("Before", "Also before"):
            with smtplib.SMTP("127.0.0.1", first.smtp_port, timeout=5) as connection:
                connection.send_message(written("alice@example.com", subject, "Hello\n"))
        kept = first.letters()

    with start(folder=tmp_path) as second:
        assert second.letters() == kept
        with smtplib.SMTP("127.0.0.1", second.smtp_port, timeout=5) as connection:
            connection.send_message(written("ben@example.com", "After", "Hello\n"))
        assert [letter.number for letter in second.letters()] == [1, 2, 3]
        second.clear()

    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_stops_the_start(mailbox: RunningMailbox) -> None:
    with pytest.raises(OSError, match="in use"):
        start(smtp_port=mailbox.smtp_port)
