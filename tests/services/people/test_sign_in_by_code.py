"""Codes of the mail: ten minutes, five tries, one use, the newest only, and only in the browser that asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from portal import db
from portal.db import new_id
from portal.models import Patient, SignInCode
from portal.services.people import sessions, sign_in
from tests.services.people.conftest import KEY, NOW, People, letters


def _send(people: People, email: str = "alice@example.com", after: timedelta = timedelta()) -> tuple[UUID, str]:
    with db.begin() as session:
        code_id = sign_in.send_code(session, people.lumina, email, KEY, NOW, NOW + after)
        sent = letters(session)
    return code_id, sent[-1].code if sent else ""


def _can_sign_in(people: People, code_id: UUID, code: str, after: timedelta = timedelta(), key: str = KEY) -> bool:
    with db.begin() as session:
        found = sign_in.by_code(session, people.lumina, code_id, code, key, NOW, NOW + after)
    return found is not None and found.id == people.alice.id


def _other(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 1_000_000:06}"


def test_a_code_signs_in_once(people: People) -> None:
    code_id, code = _send(people)
    assert _can_sign_in(people, code_id, code)
    assert not _can_sign_in(people, code_id, code)


def test_spaces_between_the_digits_do_not_matter(people: People) -> None:
    code_id, code = _send(people)
    digits = code.replace(" ", "")
    assert _can_sign_in(people, code_id, f" {digits[:3]} {digits[3:]}")


def test_a_code_lives_ten_minutes(people: People) -> None:
    code_id, code = _send(people)
    assert not _can_sign_in(people, code_id, code, timedelta(minutes=10))
    assert _can_sign_in(people, code_id, code, timedelta(minutes=9, seconds=59))


def test_the_fifth_wrong_try_is_the_last(people: People) -> None:
    code_id, code = _send(people)
    for _ in range(4):
        assert not _can_sign_in(people, code_id, _other(code))
    with db.begin() as session:
        row = session.get_one(SignInCode, code_id)
        assert row.tries == 4
    assert not _can_sign_in(people, code_id, _other(code))
    assert not _can_sign_in(people, code_id, code)


def test_only_the_newest_code_counts(people: People) -> None:
    old_id, old = _send(people)
    new_id_, new = _send(people, after=timedelta(seconds=1))
    assert not _can_sign_in(people, old_id, old)
    assert not _can_sign_in(people, old_id, new)
    assert _can_sign_in(people, new_id_, new)


def test_new_codes_do_not_give_a_guesser_more_than_ten_tries_an_hour(people: People) -> None:
    for minute in range(2):
        code_id, code = _send(people, after=timedelta(minutes=minute))
        for _ in range(5):
            assert not _can_sign_in(people, code_id, _other(code), timedelta(minutes=minute))
    code_id, code = _send(people, after=timedelta(minutes=3))
    assert not _can_sign_in(people, code_id, code, timedelta(minutes=3))
    code_id, code = _send(people, after=timedelta(minutes=75))
    assert _can_sign_in(people, code_id, code, timedelta(minutes=75))


def test_a_mailbox_gets_ten_codes_an_hour_at_most(people: People) -> None:
    for second in range(12):
        _send(people, after=timedelta(seconds=second))
    with db.reading() as session:
        assert len(letters(session)) == 10


def test_an_unknown_or_disabled_address_gets_no_letter_and_leaves_no_trace(people: People) -> None:
    with db.begin() as session:
        session.merge(people.alice).disabled_at = NOW
    for email in ("nobody@example.com", "alice@example.com"):
        code_id, _ = _send(people, email)
        assert not _can_sign_in(people, code_id, "123456")
    with db.reading() as session:
        assert letters(session) == []
        assert session.query(Patient).count() == 1
        assert session.query(SignInCode).count() == 0


def test_a_code_is_worth_nothing_at_another_clinic_or_under_another_id(people: People) -> None:
    code_id, code = _send(people)
    with db.begin() as session:
        assert sign_in.by_code(session, people.harbor, code_id, code, KEY, NOW, NOW) is None
    assert not _can_sign_in(people, new_id(), code)


def test_a_stolen_table_does_not_tell_the_code(people: People) -> None:
    code_id, code = _send(people)
    with db.reading() as session:
        assert code.replace(" ", "") not in session.get_one(SignInCode, code_id).code_hash
    assert not _can_sign_in(people, code_id, code, key="another key")


def test_a_session_begun_by_code_is_fresh_for_ten_minutes(people: People) -> None:
    code_id, code = _send(people)
    with db.begin() as session:
        earlier = sessions.start(session, people.alice, False, NOW - timedelta(minutes=1))
    assert _can_sign_in(people, code_id, code)
    with db.begin() as session:
        token = sessions.start(session, people.alice, False, NOW)
        for each, after, is_fresh in ((token, 9, True), (token, 10, False), (earlier, 0, False)):
            found = sessions.running(session, people.lumina, each, NOW)
            assert found is not None
            moment = NOW + timedelta(minutes=after)
            assert sessions.is_fresh_from_code(session, found.device, moment) is is_fresh
