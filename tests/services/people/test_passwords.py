"""Passwords are hashed with salt, compared without telling, and refused when weak."""

from __future__ import annotations

import pytest

from portal.services.people import passwords


def test_a_password_is_right_for_its_own_hash_only() -> None:
    password_hash = passwords.hashed("sunny-harbor-42")
    assert passwords.is_right(password_hash, "sunny-harbor-42")
    assert not passwords.is_right(password_hash, "Sunny-harbor-42")
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_two_hashes_of_one_password_differ() -> None:
    assert passwords.hashed("sunny-harbor-42") != passwords.hashed("sunny-harbor-42")


def test_without_a_hash_nothing_is_right() -> None:
    assert not passwords.is_right(None, "")
    assert not passwords.is_right("not a hash", "x")


def test_a_letter_with_an_accent_may_be_typed_in_either_way() -> None:
    assert passwords.is_right(passwords.hashed("cr\u00e8me brulee 12"), "cre\u0300me brulee 12")


@pytest.mark.parametrize("weak", ["short-1", "x" * 129, "password123", "aaaaaaaaaaaa", "alice.jones@example.com"])
def test_a_weak_password_is_refused_with_a_sentence(weak: str) -> None:
    words = ["alice", "jones", "lumina", "alice.jones@example.com"]
    assert (passwords.weakness(weak, words) or "").endswith(".")


@pytest.mark.parametrize("good", ["demo-pass-2026", "correct horse battery", "ñandú y 3 tucanes"])
def test_a_good_password_passes(good: str) -> None:
    assert passwords.weakness(good, ["alice", "lumina"]) is None
