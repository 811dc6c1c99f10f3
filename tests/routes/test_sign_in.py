"""Signing in and out as a patient's browser sees it."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from types import FrameType

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from portal import clock, db
from portal.models import Patient, PatientSession
from portal.routes.access import own_address
from tests.pages import PASSWORD
from tests.routes.lumina import is_signed_in, last_code, sign_in, with_people
from tests.routes.visitor import Visitor
from tests.world import World


@pytest.fixture
def app(app: Flask, world: World) -> Flask:
    return with_people(app, world)


def test_the_right_password_leads_to_the_memberships(app: Flask) -> None:
    visitor = sign_in(app)
    assert visitor.status == 303
    assert visitor.response is not None
    assert visitor.response.headers["Location"] == "/lumina/memberships"
    assert is_signed_in(visitor)


def test_who_was_sent_to_sign_in_comes_back(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.open("/lumina/account")
    assert visitor.at == "/lumina/sign-in?next=/lumina/account"
    visitor.press("Sign in", {"E-mail": "alice@example.com", "Password": PASSWORD})
    assert visitor.at == "/lumina/account"


def test_a_wrong_password_and_an_unknown_address_read_the_same(app: Flask) -> None:
    wrong = sign_in(app, password="wrong")
    unknown = sign_in(app, email="alicf@example.com", password="wrong")
    assert wrong.status == unknown.status == 422
    assert wrong.response is not None
    assert unknown.response is not None
    # The address stays in its field, the password does not.
    assert wrong.page.forms[0].values["email"] == "alice@example.com"
    assert wrong.page.forms[0].values["password"] == ""
    one, other = (each.page.text for each in (wrong, unknown))
    assert one == other
    assert "do not belong together" in one


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("", PASSWORD, "Type your e-mail address."),
        ("alice", PASSWORD, "This does not look like an e-mail address"),
        ("alice@example.com", "", "Type your password."),
        ("a\x00b@example.com", "x", "This does not look like an e-mail address"),
    ],
)
def test_each_field_says_what_is_missing(app: Flask, email: str, password: str, sentence: str) -> None:
    visitor = sign_in(app, email, password=password)
    assert visitor.status == 422
    assert sentence in visitor.page.text


def test_ten_wrong_guesses_from_ten_addresses_lock_the_password_but_not_the_code(app: Flask) -> None:
    for last in range(10):
        visitor = Visitor(app, f"198.51.100.{last}")
        visitor.open("/lumina/sign-in")
        visitor.press("Sign in", {"E-mail": "alice@example.com", "Password": "wrong"})
        assert visitor.status == 422
    assert sign_in(app).status == 422
    visitor = Visitor(app)
    visitor.open("/lumina/sign-in/code")
    visitor.press("Send me a code", {"E-mail": "alice@example.com"})
    visitor.press("Sign in", {"Six-digit code": last_code("alice@example.com")}, follow=False)
    assert is_signed_in(visitor)


def test_many_wrong_guesses_from_one_address_are_too_many(app: Flask) -> None:
    statuses = [sign_in(app, f"guess{number}@example.com").status for number in range(31)]
    assert statuses == [422] * 30 + [429]


def test_a_code_by_mail_signs_in_and_lets_a_new_password_be_set(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.open("/lumina/sign-in/code?next=/lumina/account")
    visitor.press("Send me a code", {"E-mail": "alice@example.com"})
    assert "If alice@example.com has an account here" in visitor.page.text
    page = visitor.press("Sign in", {"Six-digit code": last_code("alice@example.com")})
    assert visitor.at == "/lumina/account"
    assert "Current password" not in page.text
    new = {"New password": "sunny-harbor-42", "New password again": "sunny-harbor-42"}
    assert "Your password is changed" in visitor.press("Save password", new).text
    assert sign_in(app, password="sunny-harbor-42").status == 303
    assert sign_in(app).status == 422


def test_asking_for_a_code_reads_the_same_for_an_unknown_address(app: Flask) -> None:
    texts = []
    for email in ("alice@example.com", "nobody@example.com"):
        visitor = Visitor(app)
        visitor.open("/lumina/sign-in/code")
        visitor.press("Send me a code", {"E-mail": email})
        texts.append(visitor.page.text.replace(email, ""))
        visitor.press("Sign in", {"Six-digit code": "12345"})
        assert visitor.status == 422
        texts.append(visitor.page.text.replace(email, ""))
    assert texts[:2] == texts[2:]


def test_typing_a_code_does_not_count_as_asking_for_one(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.open("/lumina/sign-in/code")
    visitor.press("Send me a code", {"E-mail": "nobody@example.com"})
    for _ in range(11):
        visitor.press("Sign in", {"Six-digit code": "123456"})
        assert visitor.status == 422


def test_a_code_is_asked_for_before_it_is_typed(app: Flask) -> None:
    asked, other = Visitor(app), Visitor(app)
    asked.open("/lumina/sign-in/code")
    asked.press("Send me a code", {"E-mail": "alice@example.com"})
    other.open("/lumina/sign-in/code")
    token = other.page.forms[0].values["csrf_token"]
    code = last_code("alice@example.com")
    answer = other.client.post("/lumina/sign-in/code", data={"csrf_token": token, "code": code})
    assert answer.status_code == 422
    assert not is_signed_in(other)


def test_signing_out_kills_the_cookie_on_the_server_too(app: Flask) -> None:
    visitor = sign_in(app)
    kept = visitor.client.get_cookie("portal-lumina")
    assert kept is not None
    visitor.open("/lumina/account")
    visitor.press("Sign out", follow=False)
    assert visitor.response is not None
    assert visitor.response.headers["Clear-Site-Data"] == '"cache"'
    assert not is_signed_in(visitor)
    thief = Visitor(app)
    thief.client.set_cookie("portal-lumina", kept.value)
    assert not is_signed_in(thief)


def test_signing_in_again_ends_the_session_before(app: Flask) -> None:
    visitor = sign_in(app)
    kept = visitor.client.get_cookie("portal-lumina")
    assert kept is not None
    visitor.open("/lumina/account")
    visitor.press("Send me a code")
    visitor.press("Sign in", {"Six-digit code": last_code("alice@example.com")}, follow=False)
    assert is_signed_in(visitor)
    thief = Visitor(app)
    thief.client.set_cookie("portal-lumina", kept.value)
    assert not is_signed_in(thief)


def test_a_browser_may_be_signed_in_at_two_clinics_and_no_cookie_serves_another(app: Flask) -> None:
    visitor = sign_in(app)
    assert not is_signed_in(visitor, "harbor")
    visitor.open("/harbor/sign-in")
    visitor.press("Sign in", {"E-mail": "nora@example.com", "Password": PASSWORD}, follow=False)
    assert is_signed_in(visitor, "harbor")
    assert is_signed_in(visitor, "lumina")
    kept = visitor.client.get_cookie("portal-harbor")
    assert kept is not None
    thief = Visitor(app)
    thief.client.set_cookie("portal-lumina", kept.value)
    assert not is_signed_in(thief)


def test_a_patient_of_another_clinic_cannot_sign_in(app: Flask) -> None:
    assert sign_in(app, "nora@example.com").status == 422


def test_a_disabled_patient_is_out_at_the_next_click(app: Flask) -> None:
    visitor = sign_in(app)
    with db.begin() as session:
        alice = session.query(Patient).filter_by(email="alice@example.com").one()
        alice.disabled_at = clock.wall_now()
    assert not is_signed_in(visitor)


def test_using_the_portal_keeps_a_session_awake_and_idling_ends_it(app: Flask) -> None:
    visitor = sign_in(app)
    for minutes, is_alive in ((29, True), (31, False)):
        _last_seen(minutes)
        assert is_signed_in(visitor) is is_alive
    _last_seen(29)
    before = clock.wall_now()
    assert is_signed_in(visitor)
    with db.reading() as session:
        assert session.query(PatientSession).one().last_seen_at >= before


def _last_seen(minutes_ago: int) -> None:
    with db.begin() as session:
        session.query(PatientSession).one().last_seen_at = clock.wall_now() - timedelta(minutes=minutes_ago)


def test_a_swap_after_the_session_is_over_leads_to_sign_in(app: Flask) -> None:
    answer = Visitor(app).client.get("/lumina/account", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/lumina/sign-in?next=/lumina/account"


def test_a_remembered_device_keeps_its_cookie_and_another_does_not(app: Flask) -> None:
    remembered = Visitor(app)
    remembered.open("/lumina/sign-in")
    typed = {"E-mail": "alice@example.com", "Password": PASSWORD}
    remembered.press("Sign in", typed | {"Keep me signed in on this device for 30 days": "y"}, follow=False)
    for visitor, days in ((remembered, 30), (sign_in(app), 0)):
        cookie = visitor.client.get_cookie("portal-lumina")
        assert cookie is not None
        assert (cookie.expires is not None) is bool(days)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/lumina/", "//evil.example/lumina/", "/harbor/account", "/lumina/../harbor/account",
        "/lumina/%2e%2e/harbor/", "/lumina", "/\\evil.example", "lumina/account", "javascript:alert(1)", "/lumina/\n",
        "http://[/lumina/", "/luminaries/",
    ],
)  # fmt: skip
def test_nobody_is_sent_out_of_the_clinic(app: Flask, world: World, wanted: str) -> None:
    assert own_address(wanted, world.clinic()) is None
    visitor = Visitor(app)
    answer = visitor.client.get("/lumina/sign-in", query_string={"next": wanted})
    assert "evil" not in answer.text
    assert "/harbor/" not in answer.text


def test_an_unknown_account_costs_the_same_work_as_a_known_one(app: Flask) -> None:
    def work(email: str) -> Counter[str]:
        """Passwords compared and statements asked, by their first word."""
        done: Counter[str] = Counter()

        def note_call(frame: FrameType, event_name: str, _argument: object) -> None:
            is_comparing = frame.f_code.co_name == "verify" and "argon2" in frame.f_code.co_filename
            done["compared"] += event_name == "call" and is_comparing

        def note_statement(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            done[statement.split()[0]] += 1

        event.listen(Engine, "before_cursor_execute", note_statement)
        sys.setprofile(note_call)
        try:
            assert sign_in(app, email, password="wrong").status == 422
        finally:
            sys.setprofile(None)
            event.remove(Engine, "before_cursor_execute", note_statement)
        return done

    known, unknown = work("alice@example.com"), work("nobody@example.com")
    assert known["compared"] == unknown["compared"] == 1
    assert known["UPDATE"]
    assert unknown["INSERT"]
    assert known.total() == unknown.total()
