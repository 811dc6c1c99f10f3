"""Reads a TOML table key by key: every value checked, every problem kept as a sentence that names its key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MOST_CENTS = 10_000_000


class TomlTable:
    """One table. A missing or faulty value becomes a problem, so that all are found at once."""

    def __init__(self, values: dict[str, Any], path: str, problems: list[str]) -> None:
        self._values, self._path, self._problems = values, path, problems
        self._known: set[str] = set()

    def refuse(self, key: str, sentence: str) -> None:
        """Keeps a problem of one key."""
        self._problems.append(f"{self._address(key)}: {sentence}")

    def refuse_unknown_keys(self) -> None:
        """Keeps a problem for each key that nobody asked for: most are spelling mistakes."""
        for key in self._values.keys() - self._known:
            self.refuse(key, f"This key is not known here; known are {', '.join(sorted(self._known))}.")

    def has(self, key: str) -> bool:
        """True where the file names the key."""
        self._known.add(key)
        return key in self._values

    def text(self, key: str, longest: int, default: str | None = None, is_right: Callable[[str], object] = bool) -> str:
        """A text of 1 to `longest` characters; it must be there unless there is a default.

        `is_right` answers whether the text may stand, or raises ValueError with the reason.
        """
        value = self._value(key, default)
        if not isinstance(value, str):
            self.refuse(key, f"This must be a text of up to {longest} characters.")
            return ""
        value = value.strip()
        if value == default:
            return value
        if not value or len(value) > longest or "\0" in value:
            self.refuse(key, f"This must be a text of 1 to {longest} characters; it has {len(value)}.")
        else:
            self._ask(key, value, is_right)
        return value

    def optional_text(self, key: str, longest: int, is_right: Callable[[str], object] = bool) -> str | None:
        """A text, or None where the key is missing."""
        return self.text(key, longest, is_right=is_right) if self.has(key) else None

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between two others."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(key, f"This must be a whole number from {least} to {most}.")
            return least
        return value

    def cents(self, key: str, default: int | None = None, least: int = 1) -> int:
        """An amount written in whole currency, such as 99 or 99.50, as cents."""
        if default is not None and not self.has(key):
            return default
        value = self._value(key, None)
        is_amount = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        cents = Decimal(value) * 100 if is_amount else Decimal("NaN")
        if not cents.is_finite() or cents != cents.to_integral_value() or not least <= cents <= MOST_CENTS:
            self.refuse(key, "This must be an amount such as 99 or 99.50, without a currency sign or quotes.")
            return least
        return int(cents)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            self.refuse(key, "This must be true or false, without quotes.")
            return default
        return value

    def day(self, key: str) -> date | None:
        """A date such as 2027-01-31, or None where the key is missing."""
        if not self.has(key):
            return None
        value = self._values[key]
        if not isinstance(value, date) or isinstance(value, datetime):
            self.refuse(key, "This must be a date such as 2027-01-31, without quotes.")
            return None
        return value

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self._value(key, default)
        if value not in choices:
            self.refuse(key, f"This must be one of {', '.join(choices)}.")
            return default
        return str(value)

    def texts(self, key: str, longest: int) -> list[str]:
        """A list of texts, empty where the key is missing."""
        value = self._value(key, [])
        is_right = isinstance(value, list) and all(
            isinstance(text, str) and 1 <= len(text.strip()) <= longest and "\0" not in text for text in value
        )
        if not is_right:
            self.refuse(key, f"This must be a list of texts of 1 to {longest} characters.")
            return []
        return [text.strip() for text in value]

    def numbers(self, key: str, default: list[int]) -> list[int]:
        """A list of whole numbers."""
        value = self._value(key, default)
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            self.refuse(key, "This must be a list of whole numbers such as [1, 3, 7, 14].")
            return default
        return list(value)

    def table(self, key: str) -> TomlTable:
        """The table [key], which must be there."""
        value = self._value(key, None)
        if not isinstance(value, dict):
            self.refuse(key, f"The table [{key}] is missing.")
            value = {}
        return TomlTable(value, self._address(key), self._problems)

    def tables(self, key: str) -> list[TomlTable]:
        """The tables [[key]], none where the key is missing; the first is called key 1 in problems."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            self.refuse(key, f"Write each one as a table that begins with [[{key}]].")
            return []
        return [
            TomlTable(part, f"{self._address(key)} {number}", self._problems)
            for number, part in enumerate(value, start=1)
        ]

    def _value(self, key: str, default: Any) -> Any:
        return self._values[key] if self.has(key) else default

    def _address(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _ask(self, key: str, value: str, is_right: Callable[[str], object]) -> None:
        try:
            answer = is_right(value)
        except ValueError as error:
            self.refuse(key, f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.")
        else:
            if not answer:
                self.refuse(key, f"{value!r} cannot stand here.")
