"""The wizard's second step: what is typed is checked and kept, and coupons are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal import clock, db
from portal.models import Coupon, Patient
from tests.pages import Page, PageClient, words
from tests.routes.join_walk import FETCH, Walk
from tests.world import World

Visit = Callable[[], PageClient]


@pytest.fixture
def dan(world: World, visit: Visit) -> Walk:
    world.arrive("dan")
    walk = Walk(visit().sign_in("dan"))
    assert walk.begin("glow").status_code == 303
    return walk


def press(dan: Walk, place: str, **changed: Any) -> TestResponse:
    fields = dan.fields("details") | {"country": "US"} | changed
    return dan.browser.post(f"{dan.base}/{place}", data=fields)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("first_name", " ", "Type your first name."),
        ("phone", "", "Type your phone number."),
        ("phone", "call me", "Type the number with its area code"),
        ("address_line1", "", "Type your street and number."),
        ("city", "", "Type your city."),
        ("region", "", "Type your state"),
        ("postal_code", "9021", "A ZIP code has five digits"),
        ("draw_day", "32", "from 1 to 31"),
        ("draw_day", "0", "from 1 to 31"),
        ("draw_day", "soon", "from 1 to 31"),
        ("coupon_code", "NOSUCH", "We do not know this code"),
    ],
)
def test_a_wrong_field_is_told_and_nothing_typed_is_lost(dan: Walk, field: str, typed: str, sentence: str) -> None:
    answer = dan.details(**{"last_name": "Delgado-Ruiz", field: typed})
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True))
    assert sentence in page.words
    assert page.forms[-1]["fields"]["last_name"] == "Delgado-Ruiz"
    assert "data-takes-focus" in answer.get_data(as_text=True)
    assert dan.browser.get(f"{dan.base}/agreement").location == f"{dan.base}/details"


def test_a_foreign_postal_code_is_taken_as_it_is(dan: Walk) -> None:
    assert dan.details(country="CA", region="", postal_code="K1A 0B1").status_code == 303


def test_the_details_are_kept_with_the_patient(world: World, dan: Walk) -> None:
    dan.details(city="Venice", draw_day="15")
    with db.reading() as session:
        assert session.get_one(Patient, world.people["dan"]).city == "Venice"
    assert "15 of 31 days" in dan.page("agreement").words


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("NOSUCH", "We do not know this code"),
        ("OLD2020", "This coupon has expired"),
        ("", "Type the code first"),
        ("X" * 41, "No coupon code is that long"),
    ],
)
def test_a_refused_coupon_says_why_beside_its_field(dan: Walk, code: str, sentence: str) -> None:
    answer = press(dan, "coupon", coupon_code=code, city="Venice")
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True))
    assert sentence in page.words
    assert page.forms[-1]["fields"]["city"] == "Venice"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"used": 1, "max_uses": 1}, "has been used up"),
        ({"switched_off_at": "now"}, "has switched this coupon off"),
    ],
)
def test_a_coupon_may_be_used_up_or_switched_off(dan: Walk, changed: dict[str, Any], sentence: str) -> None:
    values = {name: clock.now() if value == "now" else value for name, value in changed.items()}
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == "SPRING20").values(**values))
    assert sentence in words(press(dan, "coupon", coupon_code="SPRING20"))


def test_a_coupon_works_once_for_each_patient(world: World, dan: Walk) -> None:
    dan.details(coupon_code="SPRING20")
    dan.sign()
    dan.pay(world.stripe.url)
    dan.begin("vip")
    assert "You have already used this coupon" in words(press(dan, "coupon", coupon_code="spring20"))


def test_an_applied_coupon_changes_the_summary_and_can_be_removed(dan: Walk) -> None:
    applied = words(press(dan, "coupon", coupon_code="  spring20 ", draw_day="31"))
    assert "Coupon SPRING20 is applied" in applied
    assert "Today $79.20" in applied
    removed = words(press(dan, "coupon/remove"))
    assert "Coupon code" in removed
    assert "Today $99.00" in removed


def test_a_coupon_used_up_after_it_was_applied_is_said(dan: Walk) -> None:
    press(dan, "coupon", coupon_code="SPRING20")
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == "SPRING20").values(used=1, max_uses=1))
    page = dan.page("details").words
    assert "Coupon SPRING20 is no longer applied" in page
    assert "Today $99.00" in page


def test_the_draw_day_alone_changes_the_summary_and_finishes_nothing(dan: Walk) -> None:
    fields = dan.fields("details") | {"country": "US", "draw_day": "15"}
    answer = dan.browser.post(f"{dan.base}/draw-day", data=fields, headers=FETCH)
    assert answer.status_code == 200
    assert "Today $47.90" in words(answer)
    assert dan.browser.get(f"{dan.base}/agreement").location == f"{dan.base}/details"
    assert press(dan, "draw-day", draw_day="40").status_code == 422
