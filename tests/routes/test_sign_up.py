"""Making an account as a newcomer's browser sees it."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import db
from portal.models import OutboxEmail, Programme
from tests.pages import PASSWORD
from tests.routes.lumina import is_signed_in, last_code, sign_in, with_people
from tests.routes.visitor import Visitor
from tests.world import World

NEWCOMER = {"First name": "Finn", "Last name": "Fox", "E-mail": "finn@example.com", "Password": PASSWORD}


@pytest.fixture
def app(app: Flask, world: World) -> Flask:
    return with_people(app, world)


def _sign_up(app: Flask, address: str = "203.0.113.7", **typed: str) -> Visitor:
    visitor = Visitor(app, address)
    visitor.open("/lumina/sign-up?next=/lumina/account")
    visitor.press("Create account", NEWCOMER | typed)
    return visitor


def test_a_newcomer_confirms_the_address_and_is_signed_in(app: Flask) -> None:
    visitor = _sign_up(app)
    assert visitor.at == "/lumina/sign-up/confirm?next=/lumina/account"
    assert not is_signed_in(visitor)
    visitor.open("/lumina/sign-up/confirm?next=/lumina/account")
    page = visitor.press("Confirm", {"Six-digit code": last_code("finn@example.com")})
    assert visitor.at == "/lumina/account"
    assert "Your e-mail address is confirmed" in page.text
    assert sign_in(app, "finn@example.com").status == 303


def test_a_known_address_leads_to_the_same_page_and_a_letter_to_its_owner(app: Flask) -> None:
    new = _sign_up(app)
    known = _sign_up(app, **{"E-mail": "alice@example.com"})
    assert (new.at, new.status) == (known.at, known.status)
    assert new.page.text.replace("finn@", "") == known.page.text.replace("alice@", "")
    with db.reading() as session:
        kinds = {letter.to_address: letter.kind for letter in session.query(OutboxEmail)}
    assert kinds == {"finn@example.com": "email_confirmation", "alice@example.com": "sign_in_code"}
    # The owner of the mailbox gets in with that code; the password of the form counts for nothing.
    known.press("Confirm", {"Six-digit code": last_code("alice@example.com")})
    assert is_signed_in(known)
    assert "Alice" in str(known.page.forms[1].values)


def test_a_wrong_code_is_refused_and_a_new_one_can_be_asked_for(app: Flask) -> None:
    visitor = _sign_up(app)
    first = last_code("finn@example.com")
    assert "not right, or no longer valid" in visitor.press("Confirm", {"Six-digit code": "1"}).text
    assert visitor.status == 422
    assert "A new code is on its way" in visitor.press("Send a new code").text
    visitor.press("Confirm", {"Six-digit code": first})
    assert visitor.status == 422
    visitor.press("Confirm", {"Six-digit code": last_code("finn@example.com")})
    assert is_signed_in(visitor)


def test_the_code_counts_only_in_the_browser_that_signed_up(app: Flask) -> None:
    _sign_up(app)
    other = Visitor(app)
    assert "has not signed up lately" in other.open("/lumina/sign-up/confirm").text
    assert other.at == "/lumina/sign-in/code"


@pytest.mark.parametrize(
    ("label", "typed", "sentence"),
    [
        ("First name", " ", "Type your first name."),
        ("Last name", "x" * 81, "Use at most 80 characters."),
        ("E-mail", "finn@", "This does not look like an e-mail address"),
        ("Password", "short", "Use at least 10 characters."),
        ("Password", "finn@example.com", "This password is easy to guess."),
    ],
)
def test_a_field_that_is_wrong_says_so_and_the_others_keep_their_words(
    app: Flask, label: str, typed: str, sentence: str
) -> None:
    visitor = _sign_up(app, **{label: typed})
    assert visitor.status == 422
    assert sentence in visitor.page.text
    form = visitor.page.forms[0]
    for other, words in NEWCOMER.items():
        if other not in {label, "Password"}:
            assert form.values[form.names[other]] == words
    assert form.values["password"] == ""


def test_where_the_clinic_opens_accounts_itself_the_page_says_how(app: Flask) -> None:
    with db.begin() as session:
        for programme in session.query(Programme):
            programme.patients_may_sign_up = False
    visitor = Visitor(app)
    assert "The clinic opens your account" in visitor.open("/lumina/sign-up").text
    assert visitor.status == 403
    assert "Create an account" not in visitor.open("/lumina/sign-in").text


def test_sign_up_is_limited_for_one_address(app: Flask) -> None:
    statuses = [_sign_up(app, **{"E-mail": f"finn{number}@example.com"}).status for number in range(11)]
    assert statuses == [200] * 10 + [429]
    assert _sign_up(app, "198.51.100.1").status == 200
