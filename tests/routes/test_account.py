"""A patient's own account page: details, password, devices."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import db
from portal.models import Patient
from tests.pages import PASSWORD
from tests.routes.lumina import is_signed_in, sign_in, with_people
from tests.routes.visitor import Visitor
from tests.world import World

NEW = "sunny-harbor-42"


@pytest.fixture
def app(app: Flask, world: World) -> Flask:
    return with_people(app, world)


@pytest.fixture
def alice(app: Flask) -> Visitor:
    visitor = sign_in(app)
    visitor.open("/lumina/account")
    return visitor


def _change_password(visitor: Visitor, current: str = PASSWORD, new: str = NEW, again: str = NEW) -> str:
    visitor.open("/lumina/account")
    typed = {"Current password": current, "New password": new, "New password again": again}
    return visitor.press("Save password", typed).text


def test_details_are_saved_on_one_line_each(alice: Visitor) -> None:
    typed = {"First name": " Alice\x00 ", "Last name": "Lee", "Phone": "(415) 555-0134", "City": "Oakland"}
    page = alice.press("Save details", typed)
    assert "Your details are saved." in page.text
    with db.reading() as session:
        row = session.query(Patient).filter_by(email="alice@example.com").one()
        assert (row.first_name, row.last_name, row.phone) == ("Alice", "Lee", "(415) 555-0134")
        assert (row.city, row.country) == ("Oakland", "US")


def test_wrong_details_are_refused_and_kept_on_the_page(alice: Visitor) -> None:
    page = alice.press("Save details", {"First name": "", "Phone": "call me", "City": "Oakland"})
    assert alice.status == 422
    assert "Type your first name." in page.text
    assert "Type the number with its area code" in page.text
    form = next(form for form in page.forms if "Save details" in form.buttons)
    assert (form.values["phone"], form.values["city"]) == ("call me", "Oakland")
    assert "Type a new password." not in page.text


def test_a_country_that_is_not_on_the_list_is_refused(alice: Visitor) -> None:
    alice.press("Save details", {"Last name": "Lee", "Country": "XX"})
    assert alice.status == 422


def test_a_new_password_ends_every_other_session_and_keeps_this_one(app: Flask, alice: Visitor) -> None:
    other = sign_in(app)
    kept = alice.client.get_cookie("portal-lumina")
    assert kept is not None
    assert "Your password is changed" in _change_password(alice)
    assert is_signed_in(alice)
    assert not is_signed_in(other)
    thief = Visitor(app)
    thief.client.set_cookie("portal-lumina", kept.value)
    assert not is_signed_in(thief)
    assert sign_in(app, password=NEW).status == 303
    assert sign_in(app).status == 422


@pytest.mark.parametrize(
    ("current", "new", "again", "sentence"),
    [
        ("wrong", NEW, NEW, "This is not your current password."),
        (PASSWORD, NEW, NEW + "x", "The two new passwords differ."),
        (PASSWORD, "short", "short", "Use at least 10 characters."),
        ("", NEW, NEW, "Type your current password."),
    ],
)
def test_a_password_is_not_changed_without_all_three(
    app: Flask, alice: Visitor, current: str, new: str, again: str, sentence: str
) -> None:
    assert sentence in _change_password(alice, current, new, again)
    assert alice.status == 422
    assert sign_in(app).status == 303


def test_a_borrowed_session_cannot_guess_the_password_for_long(app: Flask, alice: Visitor) -> None:
    for _ in range(10):
        _change_password(alice, current="wrong")
    assert "This is not your current password." in _change_password(alice)
    assert sign_in(app).status == 422


def test_without_a_password_a_fresh_code_is_asked_for(app: Flask, alice: Visitor) -> None:
    with db.begin() as session:
        session.query(Patient).filter_by(email="alice@example.com").one().password_hash = None
    page = alice.open("/lumina/account")
    assert "sign in with a fresh code" in page.text
    token = page.forms[0].values["csrf_token"]
    typed = {"csrf_token": token, "new_password": NEW, "repeated": NEW}
    assert alice.client.post("/lumina/account/password", data=typed).status_code == 422
    assert sign_in(app, password=NEW).status == 422


def test_signing_out_everywhere_ends_every_session(app: Flask, alice: Visitor) -> None:
    other = sign_in(app)
    assert "signed out on every device" in alice.press("Sign out everywhere").text
    assert not is_signed_in(alice)
    assert not is_signed_in(other)


def test_nobody_and_another_clinics_patient_may_not(app: Flask) -> None:
    nora = sign_in(app, "nora@example.com", "harbor")
    for visitor in (nora, Visitor(app)):
        assert not is_signed_in(visitor)
        visitor.open("/lumina/sign-in")
        token = visitor.page.forms[0].values["csrf_token"]
        for path in ("account", "account/password", "account/sign-out-everywhere"):
            typed = {"first_name": "Mallory", "last_name": "X", "new_password": NEW, "repeated": NEW}
            answer = visitor.client.post(f"/lumina/{path}", data=typed | {"csrf_token": token})
            assert (answer.status_code, answer.headers["Location"][:15]) == (303, "/lumina/sign-in")
    assert sign_in(app).status == 303


def test_each_patient_sees_and_changes_only_themselves(app: Flask, alice: Visitor) -> None:
    dan = sign_in(app, "dan@example.com")
    assert "alice@example.com" not in dan.open("/lumina/account").text
    dan.press("Save details", {"Last name": "Fox"})
    with db.reading() as session:
        names = {row.first_name: row.last_name for row in session.query(Patient)}
    assert names == {"Alice": "Example", "Dan": "Fox", "Nora": "Example"}


def test_a_change_without_the_forms_token_is_refused(alice: Visitor) -> None:
    for path in ("account", "account/password", "account/sign-out-everywhere"):
        assert alice.client.post(f"/lumina/{path}", data={"first_name": "Mallory"}).status_code == 400
    assert is_signed_in(alice)
