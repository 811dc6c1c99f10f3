"""The mail server, spoken to through Flask-Mail: one connection for many letters, and three plain answers.

Sent; refused (this address or letter will never be taken); delayed (this one not now). A server that cannot
be reached or that drops the line is none of them: MailAway ends the run.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from email.charset import QP, Charset
from email.utils import formataddr, parseaddr
from typing import NamedTuple

import flask_mail
from flask import Flask

from portal.config import Config

SOCKET_TIMEOUT = 10
PERMANENT = range(500, 600)
# Told about the size that comes with MAIL FROM, not about the sender (RFC 1870).
TOO_LARGE = 552
# The server does not know us: a setting to mend, not a fault of the address.
OUR_OWN_FAULT = {530, 535, 538}
# Quoted-printable: no line is longer than 76 bytes, whatever a clinic writes; servers refuse lines beyond 998.
CHARSET = Charset("utf-8")
CHARSET.body_encoding = QP


class MailAway(Exception):
    """The server cannot be reached, refuses us, or dropped the line; the message names no person."""


class LetterRefused(Exception):
    """The server will never take this letter; the message holds its code alone."""


class LetterDelayed(Exception):
    """The server does not take this letter now; the message holds its code alone."""


class Attachment(NamedTuple):
    """A file that goes with a letter."""

    filename: str
    media_type: str
    content: bytes


class Letter(NamedTuple):
    """A letter ready to leave."""

    to_address: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    attachments: tuple[Attachment, ...] = ()


# Flask-Mail lives in an application; this one has no routes, so that the scheduler sends without the web.
_app: Flask | None = None


def configure(config: Config) -> None:
    """Names the mail server of this process."""
    global _app
    _app = Flask("portal.mail", static_folder=None, template_folder=None)
    _app.config.update(
        MAIL_SERVER=config.mail_server,
        MAIL_PORT=config.mail_port,
        MAIL_USERNAME=config.mail_username,
        MAIL_PASSWORD=config.mail_password,
        MAIL_USE_TLS=config.mail_use_tls,
        MAIL_DEFAULT_SENDER=config.mail_default_sender,
        MAIL_SUPPRESS_SEND=False,
    )
    flask_mail.Mail(_app)


class _Connection(flask_mail.Connection):
    """Flask-Mail's connection with a limit on waiting and with the server's certificate checked."""

    def configure_host(self) -> smtplib.SMTP:
        host = smtplib.SMTP(self.mail.server, self.mail.port or 25, timeout=SOCKET_TIMEOUT)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except (smtplib.SMTPException, OSError):
            host.close()
            raise
        return host


class Line:
    """An open connection to the mail server."""

    def __init__(self, connection: flask_mail.Connection, sender: str) -> None:
        self._connection = connection
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Hands one letter over. Raises LetterRefused, LetterDelayed or MailAway.

        The line may break after the server took the letter and before it said so: then it is sent again under
        the same Message-ID, by which mail programs know a double.
        """
        message = self._message(letter)
        try:
            self._connection.send(message)
        except smtplib.SMTPServerDisconnected as error:
            raise MailAway("the mail server closed the line") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            # Without its cause: that one holds the patient's address, and would reach the logs.
            raise _verdict(code, answer) from None
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == TOO_LARGE:
                raise LetterRefused(f"too large for the mail server ({TOO_LARGE})") from None
            raise MailAway(f"the mail server refuses our sender ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code, error.smtp_error) from None
        except flask_mail.BadHeaderError as error:
            raise LetterRefused("a header holds a line break") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailAway(f"the mail server does not answer ({type(error).__name__})") from error

    def _message(self, letter: Letter) -> flask_mail.Message:
        message = flask_mail.Message(
            subject=letter.subject,
            recipients=[letter.to_address],
            body=letter.text,
            html=letter.html,
            # As text: Flask-Mail does not quote the comma of "Glow, Inc." when it is given a pair.
            sender=formataddr((letter.from_name, self._sender)),
            reply_to=letter.reply_to,
            charset=CHARSET,  # type: ignore[arg-type]  # the standard library takes both
            # Answering machines stay silent.
            extra_headers={"Auto-Submitted": "auto-generated"},
        )
        # Flask-Mail writes this one itself; as an extra header there would be two.
        message.msgId = letter.message_id
        for filename, media_type, content in letter.attachments:
            message.attach(filename, media_type, content)
        return message


@contextlib.contextmanager
def connected() -> Iterator[Line]:
    """One connection for as many letters as there are. Raises MailAway when there is no server to be had."""
    if _app is None:
        raise RuntimeError("mailer.configure() has not been called")
    with _app.app_context():
        connection = _Connection(_app.extensions["mail"])
        try:
            connection.__enter__()
        except (smtplib.SMTPException, OSError) as error:
            raise MailAway(f"the mail server cannot be reached ({type(error).__name__})") from error
        try:
            yield Line(connection, parseaddr(_app.config["MAIL_DEFAULT_SENDER"])[1])
        finally:
            # What was sent is sent: a line that breaks at the goodbye changes nothing.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.__exit__(None, None, None)  # type: ignore[arg-type]


def _verdict(code: int, answer: bytes | str) -> LetterRefused | LetterDelayed | MailAway:
    """What an answer of the server means; its words are dropped, because they often repeat the address."""
    words = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    if code in OUR_OWN_FAULT:
        return MailAway(f"the mail server refuses us ({code})")
    if code == 421:
        return MailAway("the mail server is closing (421)")
    # 5.7.x is policy (relaying denied, not authenticated): it speaks of us, and may be mended.
    if code in PERMANENT and not words.startswith("5.7."):
        return LetterRefused(f"refused by the mail server ({code})")
    return LetterDelayed(f"not taken now ({code})")
