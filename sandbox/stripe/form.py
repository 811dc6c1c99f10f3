"""Stripe's form encoding: `card[exp_month]=12&expand[0]=customer` becomes nested values and back to names."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import invalid_request

Nested = dict[str, Any]

_NAME = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
_CARD_NUMBER = re.compile(r"\b(\d{6})\d{3,9}(\d{4})\b")


def decoded(encoded: str) -> Nested:
    """Nested dicts of text; a list is a dict with "0", "1", ... as keys. ApiError for a malformed name."""
    values: Nested = {}
    for name, text in parse_qsl(encoded, keep_blank_values=True):
        if "[" in name:
            _place(values, name, text)
        else:
            values[name] = text
    return values


def _place(values: Nested, name: str, text: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid_request(f"Invalid parameter name: {name}", param=name)
    *outer, last = _PART.findall(name)
    inner: Any = values
    for part in outer:
        inner = inner.setdefault(part or str(len(inner)), {})
        if not isinstance(inner, dict):
            raise invalid_request(f"Invalid parameter: {name}", param=name)
    inner[last or str(len(inner))] = text


def same_values(encoded: str) -> str:
    """A text that is equal for equal parameters, whatever their order."""
    return repr(sorted(parse_qsl(encoded, keep_blank_values=True)))


def masked(encoded: str) -> str:
    """The same text without the middle of anything that looks like a card number, and without the CVC."""
    return re.sub(r"(cvc(?:%5D|\])=)\d+", r"\1***", _CARD_NUMBER.sub(r"\1***\2", encoded))
