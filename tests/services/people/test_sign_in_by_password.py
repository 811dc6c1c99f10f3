"""Signing in by password: ten guesses an hour for an account, whoever makes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal import db
from portal.models import Patient
from portal.services.people import patients, sign_in
from tests.services.people.conftest import NOW, PASSWORD, PASSWORD_HASH, People

HOUR = timedelta(hours=1)


def _can_sign_in(people: People, after: timedelta = timedelta(), password: str = PASSWORD) -> bool:
    found = sign_in.by_password(people.lumina, "alice@example.com", password, NOW + after)
    return found == people.alice.id


def _guess(people: People, times: int, after: timedelta = timedelta()) -> None:
    for _ in range(times):
        assert not _can_sign_in(people, after, "wrong")


def _alice(people: People) -> Patient:
    with db.reading() as session:
        return session.get_one(Patient, people.alice.id)


def test_the_right_password_signs_in_whatever_the_capitals_of_the_address(people: People) -> None:
    found = sign_in.by_password(people.lumina, " ALICE@example.COM ", PASSWORD, NOW)
    assert found == people.alice.id


def test_a_patient_of_one_clinic_is_nobody_at_another(people: People) -> None:
    assert sign_in.by_password(people.harbor, "alice@example.com", PASSWORD, NOW) is None


def test_an_unknown_address_leaves_no_trace(people: People) -> None:
    assert sign_in.by_password(people.lumina, "nobody@example.com", PASSWORD, NOW) is None
    with db.reading() as session:
        assert session.query(Patient).count() == 1


def test_after_ten_wrong_guesses_even_the_right_password_waits_an_hour(people: People) -> None:
    _guess(people, 10)
    assert not _can_sign_in(people)
    assert not _can_sign_in(people, HOUR - timedelta(seconds=1))
    assert _can_sign_in(people, HOUR)


def test_after_a_quiet_hour_the_count_starts_anew(people: People) -> None:
    _guess(people, 10)
    _guess(people, 9, HOUR)
    assert _can_sign_in(people, HOUR)


def test_nine_wrong_guesses_are_forgiven(people: People) -> None:
    _guess(people, 9)
    assert _can_sign_in(people)


def test_no_hour_sees_more_than_ten_guesses_however_they_are_spread(people: People) -> None:
    _guess(people, 5)
    _guess(people, 5, timedelta(minutes=50))
    assert not _can_sign_in(people, timedelta(minutes=70))


def test_signing_in_does_not_give_a_guesser_new_guesses(people: People) -> None:
    _guess(people, 9)
    assert _can_sign_in(people)
    _guess(people, 1)
    assert not _can_sign_in(people)


def test_guesses_made_at_the_same_moment_are_all_counted(people: People) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: _can_sign_in(people, password="wrong"), range(16)))
    assert _alice(people).declined_sign_ins == 10
    assert not _can_sign_in(people)


def test_a_new_password_forgets_the_guesses_at_the_old_one(people: People) -> None:
    _guess(people, 10)
    with db.begin() as session:
        patients.set_password(session, session.merge(people.alice), PASSWORD_HASH, NOW)
    assert _can_sign_in(people)


@pytest.mark.parametrize("change", [{"disabled_at": NOW}, {"password_hash": None}, {"email_confirmed_at": None}])
def test_who_may_not_sign_in_is_told_what_a_stranger_is_told(people: People, change: dict) -> None:
    with db.begin() as session:
        alice = session.merge(people.alice)
        for name, value in change.items():
            setattr(alice, name, value)
    assert sign_in.by_password(people.lumina, "alice@example.com", PASSWORD, NOW) is None
