"""Sessions live on the server: ended, idle, old, disabled or of another clinic, they sign nobody in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import db
from portal.models import PatientSession
from portal.services.people import sessions
from tests.services.people.conftest import NOW, People


def _start(people: People, is_remembered: bool = False) -> str:
    with db.begin() as session:
        return sessions.start(session, people.alice, is_remembered, NOW)


def _is_signed_in(people: People, token: str, after: timedelta = timedelta()) -> bool:
    with db.reading() as session:
        found = sessions.patient_of(session, people.lumina, token, NOW + after)
    return found is not None and found.id == people.alice.id


def _note_seen(after: timedelta) -> None:
    with db.reading() as session:
        device_id = session.scalars(select(PatientSession.id)).one()
    sessions.note_seen(device_id, NOW + after)


def test_a_token_signs_in_and_is_not_stored(people: People) -> None:
    token = _start(people)
    assert _is_signed_in(people, token)
    assert not _is_signed_in(people, token + "x")
    with db.reading() as session:
        assert token not in session.scalars(select(PatientSession.token_hash)).all()


def test_a_token_is_worth_nothing_at_another_clinic(people: People) -> None:
    token = _start(people)
    with db.reading() as session:
        assert sessions.patient_of(session, people.harbor, token, NOW) is None


@pytest.mark.parametrize(("is_remembered", "idle"), [(False, timedelta(minutes=30)), (True, timedelta(days=30))])
def test_an_idle_session_is_over(people: People, is_remembered: bool, idle: timedelta) -> None:
    token = _start(people, is_remembered)
    assert _is_signed_in(people, token, idle - timedelta(seconds=1))
    assert not _is_signed_in(people, token, idle)


def test_a_session_in_use_lasts_twelve_hours_at_most(people: People) -> None:
    token = _start(people)
    for minutes in range(20, 12 * 60, 20):
        assert _is_signed_in(people, token, timedelta(minutes=minutes))
        _note_seen(timedelta(minutes=minutes))
    assert _is_signed_in(people, token, timedelta(hours=11, minutes=59))
    assert not _is_signed_in(people, token, timedelta(hours=12))


def test_being_seen_is_written_once_a_minute(people: People) -> None:
    _start(people)
    for seconds, seen in ((30, 0), (60, 60), (119, 60), (120, 120)):
        _note_seen(timedelta(seconds=seconds))
        with db.reading() as session:
            device = session.scalars(select(PatientSession)).one()
        assert device.last_seen_at == NOW + timedelta(seconds=seen)


def test_an_ended_session_is_dead_and_the_others_live(people: People) -> None:
    token, other = _start(people), _start(people)
    with db.begin() as session:
        sessions.end(session, token, NOW)
        sessions.end(session, token, NOW)
    assert not _is_signed_in(people, token)
    assert _is_signed_in(people, other)


def test_all_sessions_can_be_ended_at_once(people: People) -> None:
    tokens = [_start(people), _start(people, True)]
    with db.begin() as session:
        sessions.end_all(session, people.alice, NOW)
    assert not any(_is_signed_in(people, token) for token in tokens)


def test_a_disabled_patient_is_out_at_once(people: People) -> None:
    token = _start(people)
    with db.begin() as session:
        session.merge(people.alice).disabled_at = NOW
    assert not _is_signed_in(people, token)
