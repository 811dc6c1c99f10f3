"""The clinic's first page, its colours and its logo, as a visitor sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal import clock, db
from portal.app import create_app
from portal.config import Config
from portal.models import Clinic, Plan, Programme
from portal.services.clinic import clinic_file

WORLD = Path(__file__).parent.parent.parent / "sandbox/world"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    opened = create_app(
        Config.from_env({"PORTAL_ENV": "test", "PORTAL_VAR": str(tmp_path), "DATABASE_URL": database_url})
    )
    opened.testing = True
    with db.begin() as session:
        for slug in ("lumina", "harbor"):
            clinic_file.create(session, WORLD / f"{slug}.toml", clock.now())
        engine = session.get_bind()
    yield opened
    engine.dispose()  # type: ignore[union-attr]


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_first_page_shows_programme_plans_and_the_ways_in(visitor: FlaskClient) -> None:
    page = visitor.get("/lumina/")
    assert page.status_code == 200
    for words in ("Lumina Circle", "Become a member", "Sign in", "$99.00", "$199.00", "$1,990.00", "$399.00"):
        assert words in page.text
    for terms in ("One-time set-up fee of $50.00.", "leaving before costs $200.00.", "No minimum commitment."):
        assert terms in page.text
    assert "Recommended" in page.text


def test_each_plan_leads_into_the_wizard(visitor: FlaskClient) -> None:
    text = visitor.get("/lumina/").text
    for slug, name in (("glow", "Glow"), ("radiance", "Radiance"), ("vip", "VIP")):
        assert f'href="/lumina/join?plan={slug}"' in text
        assert f"Choose {name}" in text


def test_one_clinic_s_page_shows_nothing_of_another(visitor: FlaskClient) -> None:
    text = visitor.get("/harbor/").text
    assert "The Harbor Club" in text
    assert "Lumina" not in text


def test_a_closed_plan_is_not_offered(visitor: FlaskClient) -> None:
    with db.begin() as session:
        session.execute(update(Plan).where(Plan.slug == "glow").values(closed_at=clock.now()))
        session.execute(update(Plan).where(Plan.slug == "vip").values(shown_in_portal=False))
    text = visitor.get("/lumina/").text
    assert "Choose Radiance" in text
    assert "Choose Glow" not in text
    assert "Choose VIP" not in text


def test_a_closed_programme_says_so_kindly_and_still_lets_members_sign_in(visitor: FlaskClient) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(is_open=False))
    page = visitor.get("/lumina/")
    assert page.status_code == 200
    assert "We are not taking new members online just now" in page.text
    assert "Become a member" not in page.text
    assert "Choose Glow" not in page.text
    assert "Sign in" in page.text


def test_where_only_staff_enroll_plans_are_shown_without_a_way_in(visitor: FlaskClient) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(patients_may_enroll=False))
    text = visitor.get("/lumina/").text
    assert "Our plans" in text
    assert "$99.00" in text
    assert "/join" not in text


def test_what_a_clinic_writes_is_never_markup(visitor: FlaskClient) -> None:
    with db.begin() as session:
        session.execute(update(Programme).values(introduction="<script>alert(1)</script>"))
        session.execute(update(Plan).values(description='"><img src=x onerror=alert(1)>'))
    text = visitor.get("/lumina/").text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("path", ["", "theme.css", "logo"])
def test_an_unknown_clinic_is_a_friendly_404(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(f"/nowhere/{path}")
    assert answer.status_code == 404
    assert "<h1" in answer.text
    assert "Traceback" not in answer.text


def test_the_theme_has_the_clinic_s_colour_and_is_not_sent_twice(visitor: FlaskClient) -> None:
    theme = visitor.get("/lumina/theme.css")
    assert theme.mimetype == "text/css"
    assert "--accent:#8f3b5c" in theme.text
    assert "prefers-color-scheme:dark" in theme.text
    assert theme.cache_control.public
    again = visitor.get("/lumina/theme.css", headers={"If-None-Match": theme.headers["ETag"]})
    assert again.status_code == 304
    assert theme.headers["ETag"] != visitor.get("/harbor/theme.css").headers["ETag"]


def test_the_logo_is_a_picture_that_can_run_nothing(visitor: FlaskClient) -> None:
    logo = visitor.get("/lumina/logo")
    assert logo.mimetype == "image/svg+xml"
    assert logo.data == (WORLD / "lumina.svg").read_bytes()
    assert logo.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    again = visitor.get("/lumina/logo", headers={"If-None-Match": logo.headers["ETag"]})
    assert again.status_code == 304


def test_a_clinic_without_a_logo_has_none(visitor: FlaskClient) -> None:
    with db.begin() as session:
        session.execute(update(Clinic).values(logo=None, logo_type=None))
    assert visitor.get("/lumina/logo").status_code == 404
    assert visitor.get("/lumina/").status_code == 200
