"""A mailbox on free ports, and a sender that speaks real SMTP to it."""

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest

from sandbox.mailbox.server import RunningMailbox, start

Send = Callable[..., None]


@pytest.fixture
def mailbox() -> Iterator[RunningMailbox]:
    """A running mailbox without letters."""
    with start() as running:
        yield running


@pytest.fixture
def send(mailbox: RunningMailbox) -> Send:
    """Send a letter over a connection of its own: send(to, subject, text, html=...)."""

    def deliver(to: str = "alice@example.com", subject: str = "Welcome", text: str = "Hello", **parts: str) -> None:
        with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as connection:
            connection.send_message(written(to, subject, text, **parts))

    return deliver


def written(to: str, subject: str, text: str, html: str = "") -> EmailMessage:
    """A letter of the clinic's, as the portal composes them."""
    message = EmailMessage()
    message["From"] = "Lumina Aesthetics <no-reply@lumina.example>"
    message["Reply-To"] = "desk@lumina.example"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject.encode().hex()}@lumina.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message
