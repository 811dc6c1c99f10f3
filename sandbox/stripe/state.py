"""Everything the sandbox remembers, and its optional file."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.stripe.wire import Object

OWN_ACCOUNT = "acct_sandbox"


class Table:
    """The objects of one kind on one account, in the order they were made."""

    def __init__(self) -> None:
        self._rows: dict[str, Object] = {}
        self._order: list[str] = []
        self._position: dict[str, int] = {}

    def add(self, obj: Object) -> Object:
        """Keeps the object under its id."""
        self._position[obj["id"]] = len(self._order)
        self._order.append(obj["id"])
        self._rows[obj["id"]] = obj
        return obj

    def find(self, id_: str) -> Object | None:
        """The object, or None."""
        return self._rows.get(id_)

    def newest_first(self, after: str | None = None) -> Iterator[Object]:
        """The objects older than `after`, newest first."""
        end = self._position[after] if after else len(self._order)
        return (self._rows[self._order[n]] for n in range(end - 1, -1, -1))

    def oldest_first(self, before: str | None = None) -> Iterator[Object]:
        """The objects newer than `before`, oldest first."""
        start = self._position[before] + 1 if before else 0
        return (self._rows[self._order[n]] for n in range(start, len(self._order)))

    def __len__(self) -> int:
        return len(self._order)


class State:
    """All accounts' objects, the answered keys, the ledger of effects, the scripts. Touch under `lock`."""

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Event()
        self._file = file
        self.clear()
        if file and file.exists():
            self._load(json.loads(file.read_text()))

    def clear(self) -> None:
        """Forgets everything."""
        with self.lock:
            self._tables: dict[str, dict[str, Table]] = {}
            self.answered: dict[str, Object] = {}
            self.effects: list[Object] = []
            self.scripts: dict[str, list[str]] = {}
            self.changed.set()

    def table(self, account: str, kind: str) -> Table:
        """The account's objects of that kind."""
        return self._tables.setdefault(account, {}).setdefault(kind, Table())

    def save(self) -> None:
        """Writes the file: whole or not at all."""
        if self._file is None:
            return
        with self.lock:
            self.changed.clear()
            text = json.dumps(self._dump(), separators=(",", ":"))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(self._file.name + ".new")
        with fresh.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)

    def _dump(self) -> Object:
        tables = {
            account: {kind: list(table.oldest_first()) for kind, table in kinds.items()}
            for account, kinds in self._tables.items()
        }
        return {
            "tables": tables,
            "answered": self.answered,
            "effects": self.effects,
            "scripts": self.scripts,
        }

    def _load(self, kept: dict[str, Any]) -> None:
        for account, kinds in kept["tables"].items():
            for kind, objects in kinds.items():
                for obj in objects:
                    self.table(account, kind).add(obj)
        self.answered = kept["answered"]
        self.effects = kept["effects"]
        self.scripts = kept["scripts"]


class Saver:
    """Saves the state a moment after it changed, so that a burst of charges is one write."""

    def __init__(self, state: State, pause: float = 0.3) -> None:
        self._state = state
        self._pause = pause
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-stripe-saver", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pause = self._pause
        while not self._stopped.is_set():
            self._state.changed.wait()
            self._stopped.wait(pause)
            began = time.monotonic()
            self._state.save()
            # A large state takes long to write and stops all charges meanwhile: at most a fifth of the time.
            pause = max(self._pause, 4 * (time.monotonic() - began))

    def stop(self) -> None:
        """Saves once more and ends."""
        self._stopped.set()
        self._state.changed.set()
        self._thread.join()
