"""Whatever is typed, cut, doubled or made up, in every field and address: the answer is a sentence, never a 5xx."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import portal.forms
from portal import clock, db
from portal.models import Patient
from portal.routes.limits import limiter
from portal.services.people import patients
from portal.services.people.patients import Details
from tests.pages import Page, PageClient
from tests.routes.join_walk import Walk
from tests.routes.members import AS_SCRIPT, Visit, alice_joins, decline_next_draw
from tests.world import World

MARKUP = "\"><img src=x onerror=alert(1)>{{7*7}}'--"
BAD = (
    "a\0b",
    "x" * 10_000,
    "\N{FAMILY}\u202e\u200d\ufffd\N{COMBINING ACUTE ACCENT}" * 30,
    "-1",
    "9" * 5_000,
    "1e400",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "00000000-0000-7000-8000-00000000000\0",
    "seti_x\n",
    "a@example.com\r\nBcc: b@example.com",
    MARKUP,
    "../../../etc/passwd",
)
# What passes every form, so that one bad field among good ones reaches the services; the password is never right.
GOOD = {
    "plan": "vip", "frequency": "month", "coupon": "", "coupon_code": "SPRING20", "draw_day": "31",
    "first_name": "Alice", "last_name": "Example", "phone": "+1 415 555 0100", "address_line1": "1 Main St",
    "address_line2": "", "city": "San Francisco", "region": "CA", "postal_code": "94105", "country": "US",
    "records_consent": "y", "charge_consent": "y", "signature": "Alice Example", "card": "new", "shown_cents": "9900",
    "intent": "seti_unknown", "reason": "Moving away", "email": "alice@example.com", "password": "never-right-2026",
    "code": "123456", "new_password": "walrus cathedral 41", "repeated": "walrus cathedral 41",
    "current_password": "never-right-2026", "is_remembered": "y",
}  # fmt: skip
QUERY = ("next", "plan", "coupon", "frequency", "page", "pay", "setup_intent", "payment_intent", "source")
LEFT_OUT = {"account.sign_out_everywhere", "sign_in.sign_out"}
# Later steps first, as an earlier one may take them away; and what ends the membership last.
ORDER = ("payment", "agreement", "details", "draw-day", "coupon", "plan", "join", "undo", "cancel")

Route = tuple[str, str]


@pytest.fixture
def routes(world: World, app: Flask) -> Iterator[list[Route]]:
    """Every (method, address) below a clinic with Alice's ids: she is past due, and half way into another plan."""
    membership_id = alice_joins(world)
    decline_next_draw(world, membership_id)
    enrollment_id = world.sign("alice", plan="vip").enrollment_id
    ids = {"clinic_slug": "lumina", "membership_id": str(membership_id), "enrollment_id": str(enrollment_id)}
    limiter.enabled = False
    yield sorted(_routes(app, ids), key=lambda route: next((ORDER.index(x) for x in ORDER if x in route[1]), -1))
    limiter.enabled = True


def _routes(app: Flask, ids: dict[str, str]) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        if "clinic_slug" in rule.arguments and rule.arguments <= set(ids) and rule.endpoint not in LEFT_OUT:
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)
            yield from ((method, path) for method in sorted((rule.methods or set()) & {"GET", "POST"}))


def every_field(app: Flask) -> list[str]:
    """The names of all fields of all forms."""
    names: set[str] = set()
    with app.test_request_context("/lumina/"):
        for found in pkgutil.iter_modules(portal.forms.__path__):
            module = importlib.import_module(f"portal.forms.{found.name}")
            for kind in vars(module).values():
                if isinstance(kind, type) and issubclass(kind, FlaskForm) and kind is not FlaskForm:
                    names |= set(kind(formdata=None)._fields)
    return sorted(names - {"csrf_token"})


def fields_of(browser: PageClient, path: str) -> dict[str, str]:
    """Good values for the form of a page, with what the page itself puts into it."""
    page = browser.get(path)
    given = {}
    if page.status_code == 200:
        for form in Page(page.get_data(as_text=True)).forms:
            given |= {name: value for name, value in form["fields"].items() if value}
    return given | {name: value for name, value in GOOD.items() if name in given or page.status_code != 200}


def assert_answered(answer: TestResponse, *what: object) -> None:
    """Never an error of ours."""
    assert answer.status_code < 500, (answer.status_code, *(str(each)[:200] for each in what))


def test_the_corpus_knows_every_field(app: Flask, world: World) -> None:
    assert set(every_field(app)) - set(GOOD) == {"shown", "text_sha256"}  # these two come from the page


def test_all_fields_may_be_bad(routes: list[Route], app: Flask, visit: Visit) -> None:
    alice = visit().sign_in("alice")
    token, names = alice.token("/lumina/account"), every_field(app)
    for method, path in routes:
        for bad in BAD if method == "POST" else ():
            data = dict.fromkeys(names, bad) | {"csrf_token": token}
            assert_answered(alice.post(path, data=data), path, repr(bad))


def test_one_field_may_be_bad(routes: list[Route], visit: Visit) -> None:
    alice = visit().sign_in("alice")
    token = alice.token("/lumina/account")
    for method, path in routes:
        good = fields_of(alice, path) if method == "POST" else {}
        for name, bad in zip(good, cycle(("a\0b", "x" * 10_000, MARKUP)), strict=False):
            data = good | {name: bad, "csrf_token": token}
            assert_answered(alice.post(path, data=data), path, name, repr(bad))
        if method == "POST":
            there = f"{path}?next=%00&source=%00&page=%00"
            assert alice.post(there, data=good | {"csrf_token": token}).status_code in {303, 400}, there


def test_addresses_may_be_bad(routes: list[Route], visit: Visit) -> None:
    alice = visit().sign_in("alice")
    for method, path in routes:
        for bad in BAD[::2] if method == "GET" else ():
            assert_answered(alice.get(path, query_string=dict.fromkeys(QUERY, bad)), path, repr(bad))
    for bad in BAD:
        made_up = quote(bad[:2000], safe="")
        for path in (f"/{made_up}", f"/{made_up}/", f"/{made_up}/memberships", f"/lumina/{made_up}"):
            answer = alice.get(path)
            assert answer.status_code in {302, 308, 404}, (path[:80], answer.status_code)
        assert alice.get(f"/lumina/memberships/{made_up}").status_code == 404


def test_bodies_may_be_cut_doubled_or_of_another_kind(routes: list[Route], visit: Visit) -> None:
    alice = visit().sign_in("alice")
    token = alice.token("/lumina/account")
    signed = {"X-CSRFToken": token}
    for method, path in routes:
        if method != "POST":
            continue
        doubled = MultiDict([*GOOD.items(), *((name, "a\0b") for name in GOOD)])
        for data in ({}, doubled, {f"{name}[]": value for name, value in GOOD.items()}):
            assert_answered(alice.post(path, data=data, headers=signed), path, data)
        for kind, body in (
            ("application/json", b'{"email": {"$ne": 1}}'),
            ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
            ("multipart/form-data", b"--x"),
            ("application/x-www-form-urlencoded", b"email=%ff%fe&password=%ED%A0%80&%00=%00"),
        ):
            assert_answered(alice.post(path, data=body, content_type=kind, headers=signed), path, kind)


def test_what_is_too_large_is_refused(world: World, visit: Visit) -> None:
    for path in ("/lumina/sign-in", "/webhooks/stripe"):
        assert visit().post(path, data=b"x" * 2_000_000, content_type="text/plain").status_code in {400, 413}


def test_the_longest_name_can_sign(world: World, visit: Visit) -> None:
    world.arrive("dan")
    longest = "ä" * 80
    walk = Walk(visit().sign_in("dan"))
    assert walk.begin("glow").status_code == 303
    assert walk.details(first_name=longest, last_name=longest).status_code == 303
    assert walk.sign(signature=f"{longest} {longest}").status_code == 303


def test_markup_in_a_name_stays_text_on_pages_and_in_letters(world: World, visit: Visit) -> None:
    world.arrive("dan")
    with db.begin() as session:
        dan = session.get_one(Patient, world.people["dan"])
        details = Details(MARKUP, MARKUP, "+1 415 555 0100", MARKUP, MARKUP, MARKUP, "CA", "94105", "US")
        patients.update_details(session, dan, details, clock.now())
    membership_id = world.join("dan", draw_day=31)
    browser = visit().sign_in("dan")
    cancel = f"/lumina/memberships/{membership_id}/cancel"
    assert browser.send(cancel, {"reason": MARKUP}, headers=AS_SCRIPT).status_code == 204
    paths = ("memberships", f"memberships/{membership_id}", "payments", "documents", "account", "join")
    told: list[Any] = [browser.get(f"/lumina/{path}").get_data(as_text=True) for path in paths]
    told += [letter.html_body + letter.subject for letter in world.letters()]
    assert any("49" not in each and "onerror" in each for each in told), "the markup is nowhere to be seen"
    assert not [each for each in told if "<img src=x" in each]
