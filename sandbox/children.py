"""The demo's own processes: started with their environment and a log each, watched, and stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SECONDS_TO_END = 10


class Children:
    """Processes that live and end together."""

    def __init__(self, environ: dict[str, str], logs: Path) -> None:
        self._environ, self._logs = environ, logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Starts `python -m <arguments>`, writing into `<name>.log`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            # A group of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *arguments],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self) -> str | None:
        """The name of a process that has ended by itself, or None while all are running."""
        return next((name for name, child in self._running.items() if child.poll() is not None), None)

    def last_words(self, name: str) -> str:
        """The end of a process's log."""
        lines = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def stop(self) -> None:
        """Asks all to end, last started first, and ends those that do not within ten seconds."""
        for child in reversed(self._running.values()):
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_TO_END
        for child in self._running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child, signal.SIGKILL)
                child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if child.poll() is None:
        os.killpg(child.pid, number)
