"""Sign-up: an account counts once its address is confirmed, and nobody learns who has one already."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from portal import db
from portal.models import Patient
from portal.services.people import passwords, patients, sign_in, sign_up
from tests.services.people.conftest import KEY, NOW, PASSWORD, People, letters

MALLORYS_HASH = passwords.hashed("mallorys-own-words")
DANS_HASH = passwords.hashed(PASSWORD)


def _sign_up(
    people: People, email: str = "dan@example.com", first_name: str = "Dan", password_hash: str = DANS_HASH
) -> tuple[UUID, str, str]:
    """The code's id, the letter's kind and the code in it."""
    newcomer = sign_up.Newcomer(first_name, "Fox", email, password_hash)
    with db.begin() as session:
        code_id = sign_up.start(session, people.lumina, newcomer, KEY, NOW, NOW)
        letter = letters(session)[-1]
    assert letter.to == email
    return code_id, letter.kind, letter.code


def _confirm(people: People, code_id: UUID, code: str) -> Patient | None:
    with db.begin() as session:
        return sign_in.by_code(session, people.lumina, code_id, code, KEY, NOW, NOW)


def _can_sign_in(people: People, password: str, email: str = "dan@example.com") -> bool:
    return sign_in.by_password(people.lumina, email, password, NOW) is not None


def test_a_new_account_opens_once_the_code_is_typed(people: People) -> None:
    code_id, kind, code = _sign_up(people)
    assert kind == "email_confirmation"
    assert not _can_sign_in(people, PASSWORD)
    dan = _confirm(people, code_id, code)
    assert dan is not None
    assert (dan.first_name, dan.last_name, dan.email_confirmed_at) == ("Dan", "Fox", NOW)
    assert _can_sign_in(people, PASSWORD)


def test_a_known_patient_is_mailed_a_sign_in_code_and_keeps_everything(people: People) -> None:
    code_id, kind, code = _sign_up(people, "alice@example.com", "Mallory", MALLORYS_HASH)
    assert kind == "sign_in_code"
    alice = _confirm(people, code_id, code)
    assert alice is not None
    assert (alice.id, alice.first_name, alice.password_hash) == (people.alice.id, "Alice", people.alice.password_hash)


def test_the_code_of_an_earlier_sign_up_is_worth_nothing_after_another_one(people: People) -> None:
    dans, _, _ = _sign_up(people)
    _, _, newest = _sign_up(people, first_name="Mallory", password_hash=MALLORYS_HASH)
    assert _confirm(people, dans, newest) is None


def test_signing_up_again_takes_the_newest_name_and_password(people: People) -> None:
    _sign_up(people, first_name="Dam", password_hash=MALLORYS_HASH)
    code_id, kind, code = _sign_up(people)
    assert kind == "email_confirmation"
    dan = _confirm(people, code_id, code)
    assert dan is not None
    assert dan.first_name == "Dan"
    assert _can_sign_in(people, PASSWORD)


def test_the_owner_of_the_mailbox_does_not_inherit_a_strangers_password(people: People) -> None:
    _sign_up(people, first_name="Mallory", password_hash=MALLORYS_HASH)
    with db.begin() as session:
        code_id = sign_in.send_code(session, people.lumina, "dan@example.com", KEY, NOW, NOW)
        code = letters(session)[-1].code
    dan = _confirm(people, code_id, code)
    assert dan is not None
    assert dan.email_confirmed_at == NOW
    assert not _can_sign_in(people, "mallorys-own-words")


def test_a_patient_whom_the_clinic_entered_is_known(people: People) -> None:
    with db.begin() as session:
        patients.create(session, people.lumina, "dan@example.com", first_name="Daniel", now=NOW)
    assert _sign_up(people)[1] == "sign_in_code"


def test_a_new_code_can_be_asked_for_by_the_last_browser_only(people: People) -> None:
    first_id, _, _ = _sign_up(people)
    second_id, _, _ = _sign_up(people)
    with db.begin() as session:
        assert sign_in.send_again(session, people.lumina, first_id, KEY, NOW, NOW) == first_id
        assert len(letters(session)) == 2
        third_id = sign_in.send_again(session, people.lumina, second_id, KEY, NOW, NOW)
        letter = letters(session)[-1]
    assert letter.kind == "email_confirmation"
    assert _confirm(people, third_id, letter.code) is not None


def test_one_address_is_one_patient_in_a_clinic_and_another_one_elsewhere(people: People) -> None:
    with db.begin() as session:
        patients.create(session, people.harbor, "alice@example.com", now=NOW)
    with pytest.raises(IntegrityError), db.begin() as session:
        patients.create(session, people.lumina, "ALICE@example.com", now=NOW)
