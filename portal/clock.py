"""The only reads of the system clock: business time (moved by the sandbox clock) and wall time (never moved)."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_offset_file: Path | None = None
_offset_read: tuple[tuple[int, int] | None, timedelta] = (None, timedelta())


def configure(offset_file: Path | None) -> None:
    """Names the file that holds the sandbox clock's offset; None means that business time is wall time."""
    global _offset_file, _offset_read
    _offset_file, _offset_read = offset_file, (None, timedelta())


def wall_now() -> datetime:
    """The real time, in UTC: sessions, codes, rate limits, leases and webhook tolerance live on it."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time in UTC: the real time, moved by the sandbox clock where there is one."""
    return wall_now() + _offset()


def today(zone: str) -> date:
    """The date in the clinic's time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def move_to(moment: datetime) -> None:
    """Sets the sandbox clock. Raises RuntimeError where there is none."""
    _write(moment - wall_now())


def reset() -> None:
    """Puts the sandbox clock back to real time. Raises RuntimeError where there is none."""
    _write(timedelta())


def _write(offset: timedelta) -> None:
    if _offset_file is None:
        raise RuntimeError("the clock moves only in the sandbox (PORTAL_SANDBOX=1)")
    _offset_file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=_offset_file.parent)
    with os.fdopen(handle, "w") as file:
        json.dump({"offset_microseconds": offset // timedelta(microseconds=1)}, file)
    os.replace(name, _offset_file)


def _offset() -> timedelta:
    global _offset_read
    if _offset_file is None:
        return timedelta()
    try:
        status = _offset_file.stat()
    except FileNotFoundError:
        return timedelta()
    stamp = (status.st_mtime_ns, status.st_ino)
    if _offset_read[0] != stamp:
        offset = json.loads(_offset_file.read_text())["offset_microseconds"]
        _offset_read = (stamp, timedelta(microseconds=offset))
    return _offset_read[1]
