"""The pages over real HTTP: what a reader of the mailbox sees."""

import smtplib
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from sandbox.mailbox.server import RunningMailbox
from tests.sandbox_mailbox.conftest import Send, written


def page(mailbox: RunningMailbox, path: str) -> str:
    """The page at that path as text."""
    with urlopen(mailbox.url + path, timeout=5) as response:
        return str(response.read().decode())


def test_the_list_shows_the_newest_letter_first(mailbox: RunningMailbox, send: Send) -> None:
    assert "No letters yet" in page(mailbox, "/")
    send(subject="First letter")
    send(subject="Second letter")

    shown = page(mailbox, "/")

    assert "2 letters" in shown
    assert shown.index("Second letter") < shown.index("First letter")


def test_the_search_finds_part_of_an_address_in_any_case(mailbox: RunningMailbox, send: Send) -> None:
    send(to="alice@example.com", subject="For Alice")
    send(to="ben@example.com", subject="For Ben")

    shown = page(mailbox, "/?to=ALICE")

    assert "For Alice" in shown
    assert "For Ben" not in shown
    assert "No letters to" in page(mailbox, "/?to=nobody")


def test_older_letters_stand_on_the_next_page(mailbox: RunningMailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        for number in range(1, 52):
            connection.send_message(written("alice@example.com", f"Letter number {number}.", "Hello"))

    assert "Letter number 1." not in page(mailbox, "/")
    assert "Letter number 1." in page(mailbox, "/?before=2")


def test_a_letter_has_a_view_for_html_text_and_headers(mailbox: RunningMailbox, send: Send) -> None:
    send(subject="Code", text="Your code is 123456: http://127.0.0.1:8000/x", html="<p>Your code</p>")

    assert 'src="/letters/1/body.html"' in page(mailbox, "/letters/1")
    assert 'href="http://127.0.0.1:8000/x"' in page(mailbox, "/letters/1?view=text")
    assert "desk@lumina.example" in page(mailbox, "/letters/1?view=headers")


def test_the_html_of_a_letter_can_run_nothing_and_its_links_open_outside(mailbox: RunningMailbox, send: Send) -> None:
    send(html="<html><head><title>x</title></head><body><script>alert(1)</script></body></html>")

    with urlopen(mailbox.url + "/letters/1/body.html", timeout=5) as response:
        policy = response.headers["Content-Security-Policy"]
        body = response.read().decode()

    assert policy.startswith("sandbox allow-popups")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert '<head><base target="_blank">' in body


def test_a_hostile_subject_and_text_are_shown_as_text(mailbox: RunningMailbox, send: Send) -> None:
    send(subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")

    for path in ("/", "/letters/1", "/letters/1?view=text", "/letters/1?view=headers"):
        assert "<script>" not in page(mailbox, path)
        assert "<img src=x" not in page(mailbox, path)


def test_an_attachment_is_downloaded_as_it_was_sent(mailbox: RunningMailbox) -> None:
    message = written("alice@example.com", "Agreement", "Attached")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="agreement.pdf")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        connection.send_message(message)

    with urlopen(mailbox.url + "/letters/1/files/1", timeout=5) as response:
        assert response.read() == b"%PDF-1.7"
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Content-Disposition"] == "attachment; filename=agreement.pdf"


def test_a_picture_of_the_html_is_found_among_the_letters_own_files(mailbox: RunningMailbox) -> None:
    message = written("a@example.com", "Logo", "Hi", '<img src="cid:logo">')
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<logo>")  # type: ignore[index, union-attr]
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
        connection.send_message(message)

    assert '<img src="/letters/1/files/1">' in page(mailbox, "/letters/1/body.html")


@pytest.mark.parametrize("path", ["/letters/7", "/letters/1/files/1", "/letters/1?view=x", "/nothing"])
def test_what_is_not_there_is_a_friendly_404(mailbox: RunningMailbox, send: Send, path: str) -> None:
    send()

    with pytest.raises(HTTPError) as missing:
        page(mailbox, path)

    with missing.value as answer:
        assert answer.code == 404
        assert "This letter is not here" in answer.read().decode()
