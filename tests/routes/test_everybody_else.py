"""Every address of a patient: another patient, another clinic's, nobody may not; neither the page nor its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal import clock, db
from portal.db import Base
from portal.models import Card, Enrollment, Invoice, Patient, SignedAgreement
from portal.services.people import patients
from portal.services.people.patients import Details
from tests.pages import PageClient
from tests.routes.join_walk import Walk
from tests.routes.members import NOWHERE, Visit
from tests.world import World

MARKERS = ("Marmaduke", "Quillfeather", "Larkspur", "Thistlewick", "555 0177", "alice@example.com")
AS_PAGE: dict[str, str] = {}
AS_PART = {"HX-Request": "true"}
# Signing in writes here, whoever does it.
OF_SIGN_IN = {"patient_sessions", "sign_in_codes"}


class Address(NamedTuple):
    """One way to ask for one of Alice's things, or for a page that is everybody's own."""

    method: str
    path: str
    names_something: bool


@pytest.fixture
def alices(world: World, app: Flask) -> list[Address]:
    """Every address of a patient; those with an id lead to Alice's membership, payment, paper and open enrollment."""
    for name, slug in (("alice", "lumina"), ("dan", "lumina"), ("nora", "harbor")):
        world.arrive(name, slug)
    with db.begin() as session:
        details = Details(
            "Marmaduke", "Quillfeather", "+1 415 555 0177", "9 Larkspur Rd", "", "Thistlewick", "CA", "94105", "US"
        )
        patients.update_details(session, session.get_one(Patient, world.people["alice"]), details, clock.now())
    membership_id = world.join("alice", draw_day=31)
    world.sign("alice", plan="vip")
    ids = _ids_of_alice(world) | {"membership_id": str(membership_id)}
    return [address for rule in app.url_map.iter_rules() for address in _addresses(app, rule, ids)]


def _ids_of_alice(world: World) -> dict[str, str]:
    kinds: dict[str, Any] = {"enrollment_id": Enrollment, "invoice_id": Invoice, "document_id": SignedAgreement}
    with db.reading() as session:
        newest = {
            name: select(kind.id).where(kind.patient_id == world.people["alice"]).order_by(kind.id.desc()).limit(1)
            for name, kind in kinds.items()
        }
        return {name: str(session.scalars(wanted).one()) for name, wanted in newest.items()}


def _addresses(app: Flask, rule: Rule, ids: dict[str, str]) -> Iterator[Address]:
    if getattr(app.view_functions[rule.endpoint], "__guard__", "") != "patient_only":
        return
    given = ids | {"clinic_slug": "lumina"}
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: given[found[1]], rule.rule)
    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
        yield Address(method, path, rule.arguments != {"clinic_slug"})


def ask(browser: PageClient, address: Address, token: str, headers: dict[str, str], **fields: str) -> TestResponse:
    """Asks for the address as a page or as a part; a POST carries a good token."""
    data = {"csrf_token": token, **fields} if address.method == "POST" else None
    return browser.open(address.path, method=address.method, data=data, headers=headers)


def books() -> dict[str, list[Any]]:
    """Everything that is kept, but what signing in writes."""
    with db.reading() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in OF_SIGN_IN]
        return {table.name: sorted(session.execute(select(table)).all(), key=repr) for table in tables}


def assert_nothing_of_alice(answer: TestResponse, address: Address) -> None:
    """No word of hers stands in the answer, nor in its headers."""
    told = answer.get_data(as_text=True) + str(answer.headers)
    assert not [word for word in MARKERS if word in told], (address, told[:400])


def test_the_addresses_are_there_and_alice_may_open_them(alices: list[Address], visit: Visit) -> None:
    alice = visit().sign_in("alice")
    assert len([address for address in alices if address.names_something]) > 25
    told = ""
    for address in alices:
        if address.method == "GET" and not address.path.endswith(".pdf"):  # its words are compressed
            answer = ask(alice, address, "", AS_PAGE)
            assert answer.status_code in {200, 302, 303}, (address, answer.status_code)
            told += answer.get_data(as_text=True)
    missing = [word for word in MARKERS if word not in told]
    assert not missing, "a marker that Alice herself never sees proves nothing about others"


def test_nobody_is_sent_to_sign_in(alices: list[Address], visit: Visit) -> None:
    nobody, before = visit(), books()
    token = nobody.token("/lumina/sign-in")
    for address, headers in product(alices, (AS_PAGE, AS_PART)):
        answer = ask(nobody, address, token, headers)
        assert_nothing_of_alice(answer, address)
        if headers:
            assert answer.status_code == 401, (address, answer.status_code)
            assert answer.headers["HX-Redirect"].startswith("/lumina/sign-in")
        else:
            assert answer.status_code in {302, 303}, (address, answer.status_code)
            assert answer.headers["Location"].startswith("/lumina/sign-in")
    assert books() == before


def test_for_another_patient_nothing_of_alice_is_there(alices: list[Address], visit: Visit) -> None:
    dan, before = visit().sign_in("dan"), books()
    token = dan.token("/lumina/account")
    for address, headers in product(alices, (AS_PAGE, AS_PART)):
        if not address.names_something and address.method == "POST":
            continue  # his own account, which he may change
        answer = ask(dan, address, token, headers)
        assert_nothing_of_alice(answer, address)
        expected = {404} if address.names_something else {200}
        assert answer.status_code in expected, (address, headers, answer.status_code)
    assert books() == before


def test_for_a_patient_of_another_clinic_nothing_of_alice_is_there(alices: list[Address], visit: Visit) -> None:
    nora, before = visit().sign_in("nora", "harbor"), books()
    token = nora.token("/harbor/account")
    for address, headers in product(alices, (AS_PAGE, AS_PART)):
        if not address.names_something:
            continue
        there = address._replace(path=address.path.replace("/lumina/", "/harbor/"))
        answer = ask(nora, there, token, headers)
        assert_nothing_of_alice(answer, there)
        assert answer.status_code == 404, (there, answer.status_code)
    assert books() == before


def test_a_cookie_of_one_clinic_signs_nobody_in_at_another(alices: list[Address], visit: Visit) -> None:
    nora, forger = visit().sign_in("nora", "harbor"), visit()
    cookie = nora.get_cookie("portal-harbor")
    assert cookie is not None
    forger.set_cookie("portal-lumina", cookie.value)
    for address in alices:
        if address.method == "GET":
            assert ask(forger, address, "", AS_PAGE).status_code == 302, address


def test_an_id_of_alice_and_one_that_nobody_has_read_the_same(alices: list[Address], visit: Visit) -> None:
    dan = visit().sign_in("dan")
    for address in alices:
        if address.method == "GET" and address.names_something:
            absent = address._replace(path=re.sub(r"[0-9a-f-]{36}", NOWHERE, address.path))
            of_alice, of_nobody = (ask(dan, each, "", AS_PAGE) for each in (address, absent))
            assert _without_request(of_alice, address) == _without_request(of_nobody, absent)


def _without_request(answer: TestResponse, address: Address) -> tuple[int, str]:
    text = re.sub(r'csrf[-_]token" (?:content|value)="[^"]+"', "", answer.get_data(as_text=True))
    return answer.status_code, text.replace(address.path, "")


def test_the_card_of_alice_pays_for_nobody_else(world: World, alices: list[Address], visit: Visit) -> None:
    with db.reading() as session:
        card_id = session.scalars(select(Card.id).where(Card.patient_id == world.people["alice"])).one()
    own_id = world.join("dan")
    dan = visit().sign_in("dan")
    walk, charges = Walk(dan).to_payment("vip"), len(world.charges())
    token = dan.token("/lumina/account")
    for last in ("card", "pay"):
        address = Address("POST", f"/lumina/memberships/{own_id}/{last}", True)
        answer = ask(dan, address, token, AS_PART, card=str(card_id), shown_cents="9900")
        assert answer.status_code == 404, last
        assert_nothing_of_alice(answer, address)
    assert walk.press_pay(str(card_id)).headers["HX-Redirect"].endswith("/agreement")
    assert len(world.charges()) == charges
    assert world.membership(own_id).card_id != card_id
