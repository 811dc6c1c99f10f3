"""Hashes and judges passwords, so that a stolen table and a patient guesser both get nowhere."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

LEAST_LENGTH = 10
MOST_LENGTH = 128
LEAST_SCORE = 3
# zxcvbn takes ever longer with length, and says nothing new after this.
SCORED_LENGTH = 72

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hash_of_nobody = _hasher.hash(secrets.token_urlsafe())


def hashed(text: str) -> str:
    """The salted argon2id hash to store; two calls with the same text differ."""
    return _hasher.hash(_composed(text))


def is_right(password_hash: str | None, text: str) -> bool:
    """Whether `text` is the password of the hash. Without a hash the answer is no, and takes as long."""
    try:
        _hasher.verify(password_hash or _hash_of_nobody, _composed(text))
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def weakness(text: str, words: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, as a sentence to show; None when it is good.

    `words` are those that a guesser would try first: the patient's names and address, the clinic's name.
    """
    if len(text) < LEAST_LENGTH:
        return f"Use at least {LEAST_LENGTH} characters."
    if len(text) > MOST_LENGTH:
        return f"Use at most {MOST_LENGTH} characters."
    from zxcvbn import zxcvbn  # its word lists are read only where a password is chosen

    scored = zxcvbn(text[:SCORED_LENGTH], user_inputs=[word for word in words if word])
    if scored["score"] < LEAST_SCORE:
        return "This password is easy to guess. Use a few words that do not belong together."
    return None


def _composed(text: str) -> str:
    # The same letter may arrive as one character or as two, depending on the keyboard.
    return unicodedata.normalize("NFKC", text)
