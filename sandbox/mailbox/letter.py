"""One letter as it arrived: who, when, its text, its HTML and its attachments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property
from typing import NamedTuple


class Attachment(NamedTuple):
    """A file that came with a letter; `content_id` is set on pictures the HTML shows."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class Letter:
    """A kept message. `to` is whom it was really sent to (the envelope), so it names hidden copies too."""

    number: int
    received_at: datetime
    to: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """Every header in the order of the message, unfolded."""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def from_(self) -> str:
        """The From header as the patient reads it."""
        return str(self.message["From"] or "")

    @property
    def sender_name(self) -> str:
        """The name in From, or its address."""
        name, address = parseaddr(self.from_)
        return name or address

    @property
    def reply_to(self) -> str:
        """The Reply-To header, empty without one."""
        return str(self.message["Reply-To"] or "")

    @property
    def subject(self) -> str:
        """The decoded subject, empty without one."""
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        """The Message-ID with its angle brackets, empty without one."""
        return str(self.message["Message-ID"] or "").strip()

    @property
    def text(self) -> str:
        """The plain-text part with \\n line ends, empty without one."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML part, empty without one."""
        return self._body("html")

    @cached_property
    def files(self) -> list[Attachment]:
        """Every part that is neither the text nor the HTML: attachments and the pictures inside the HTML."""
        bodies = [self.message.get_body((kind,)) for kind in ("plain", "html")]
        parts = [part for part in self.message.walk() if not part.is_multipart() and part not in bodies]
        return [_attachment(part, position) for position, part in enumerate(parts, 1)]

    @property
    def attachments(self) -> list[Attachment]:
        """The files to download: without the pictures that the HTML shows."""
        return [file for file in self.files if not file.content_id]

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        if part is None:
            return ""
        return str(part.get_content()).replace("\r\n", "\n")


def _attachment(part: EmailMessage, position: int) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        filename=part.get_filename() or f"part-{position}",
        content_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",
        content_id=str(part["Content-ID"] or "").strip().strip("<>"),
    )
