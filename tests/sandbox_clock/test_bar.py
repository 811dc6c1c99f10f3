"""The bar on every page of the sandbox: it moves time for the clinic's page, and leads nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

import sandbox
from portal import clock, db
from portal.app import create_app
from portal.config import Config
from portal.services.clinic import clinic_file
from sandbox.stripe import server as stripe
from scheduler import jobs
from tests.routes.visitor import Visitor

WORLD = Path(__file__).parent.parent.parent / "sandbox/world"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    with stripe.start() as bank:
        config = Config.from_env(
            {
                "PORTAL_ENV": "test",
                "PORTAL_SANDBOX": "1",
                "PORTAL_VAR": str(tmp_path),
                "DATABASE_URL": database_url,
                "STRIPE_SECRET_KEY": "sk_test_sandbox",
                "STRIPE_API_BASE": bank.url,
            }
        )
        opened = create_app(config)
        opened.testing = True
        jobs.configure(config)
        sandbox.attach(opened)
        with db.begin() as session:
            clinic_file.create(session, WORLD / "lumina.toml", clock.now())
            engine = session.get_bind()
        yield opened
        clock.configure(None)
        engine.dispose()  # type: ignore[union-attr]


def test_the_bar_says_what_day_it_is_and_goes_to_the_next(app: Flask) -> None:
    visitor = Visitor(app)
    tomorrow = clock.today("America/Los_Angeles") + timedelta(days=1)
    assert "Sandbox: today is" in visitor.open("/lumina/sign-in").text
    page = visitor.press("Next day")
    assert visitor.at == "/lumina/sign-in"
    assert f"today is {tomorrow:%A}, {tomorrow.day} {tomorrow:%B %Y}" in page.text
    assert clock.now() - clock.wall_now() > timedelta(hours=1)


def test_without_members_there_is_no_draw_day_to_jump_to(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.open("/lumina/")
    assert "nobody is an active member" in visitor.press("Jump to the next draw day").text
    assert clock.now() - clock.wall_now() < timedelta(seconds=5)


def test_time_is_not_moved_without_the_page_s_own_token(app: Flask) -> None:
    answer = app.test_client().post("/lumina/sandbox/next-day", data={"back": "/lumina/"})
    assert answer.status_code == 400
    assert clock.now() - clock.wall_now() < timedelta(seconds=5)


def test_the_bar_leads_back_to_the_clinic_s_own_addresses_only(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.open("/lumina/")
    form = next(form for form in visitor.page.forms if "Next day" in form.buttons)
    for foreign in ("https://evil.example/", "//evil.example/", "/harbor/"):
        answer = visitor.client.post(form.action, data=form.values | {"back": foreign})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/lumina/")


def test_the_start_page_names_who_to_sign_in_as(app: Flask) -> None:
    text = Visitor(app).open("/sandbox/").text
    for words in ("alice@example.com", "cara@example.com", "dan@example.com", "demo-pass-2026", "Lumina Aesthetics"):
        assert words in text
    assert "nora@example.com" not in text


def test_an_error_page_has_the_bar_too(app: Flask) -> None:
    visitor = Visitor(app)
    assert "Sandbox: today is" in visitor.open("/nowhere/").text
    assert visitor.status == 404
