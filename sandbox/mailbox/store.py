"""Where letters are kept: in memory, and in a folder of .eml files where the demo must survive a restart."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from sandbox.mailbox.letter import Letter

ARRIVAL = "X-Mailbox-Received-At"
ENVELOPE = "X-Mailbox-To"


class Store:
    """Letters in the order of their arrival; safe for the SMTP thread and the page's threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._folder = folder
        self._letters: list[Letter] = []
        self._last_number = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._letters = [_read(path) for path in sorted(folder.glob("[0-9]*.eml"))]
            self._last_number = max((letter.number for letter in self._letters), default=0)

    def add(self, to: tuple[str, ...], raw: bytes) -> Letter:
        """Keep one message; its file is complete before its letter is listed."""
        with self._lock:
            self._last_number += 1
            arrived_at = datetime.now(UTC)  # noqa: TID251 (a mailbox stands outside the portal and its clock)
            letter = Letter(self._last_number, arrived_at, to, raw)
            if self._folder is not None:
                _write(self._folder, letter)
            self._letters.append(letter)
            return letter

    def letters(self) -> list[Letter]:
        """All letters, oldest first."""
        with self._lock:
            return list(self._letters)

    def letter(self, number: int) -> Letter | None:
        """The letter with that number, None where there is none."""
        return next((letter for letter in self.letters() if letter.number == number), None)

    def clear(self) -> None:
        """Forget every letter and remove its file; other files of the folder stay."""
        with self._lock:
            if self._folder is not None:
                for letter in self._letters:
                    (self._folder / _filename(letter)).unlink(missing_ok=True)
            self._letters.clear()


def _filename(letter: Letter) -> str:
    return f"{letter.number:06d}.eml"


def _write(folder: Path, letter: Letter) -> None:
    """What the envelope knew stands as two headers above the message, which stays as it came."""
    head = f"{ARRIVAL}: {letter.received_at.isoformat()}\r\n{ENVELOPE}: {', '.join(letter.to)}\r\n"
    unfinished = folder / f"{_filename(letter)}.part"
    unfinished.write_bytes(head.encode() + letter.raw)
    unfinished.rename(folder / _filename(letter))


def _read(path: Path) -> Letter:
    arrival, envelope, raw = path.read_bytes().split(b"\r\n", 2)
    received_at = datetime.fromisoformat(arrival.decode().removeprefix(f"{ARRIVAL}: "))
    to = envelope.decode().removeprefix(f"{ENVELOPE}: ")
    return Letter(int(path.stem), received_at, tuple(to.split(", ")), raw)
