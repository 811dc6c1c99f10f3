"""The operator's commands, and that the sandbox's are refused outside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from portal import cli, clock
from portal.config import Config
from portal.services.clinic import clinics
from sandbox import commands

WORLD = Path(__file__).parent.parent.parent / "sandbox/world"


def small_app(folder: Path, database_url: str, is_sandbox: bool) -> Flask:
    """The commands over a database, without the web's routes."""
    from portal import db

    config = Config.from_env(
        {
            "PORTAL_ENV": "test",
            "PORTAL_SANDBOX": "1" if is_sandbox else "0",
            "PORTAL_VAR": str(folder),
            "DATABASE_URL": database_url,
            "STRIPE_API_BASE": "http://127.0.0.1:9",
        }
    )
    clock.configure(folder / "clock.json" if is_sandbox else None)
    db.connect(database_url)
    app = Flask("portal")
    app.config["PORTAL"] = config
    cli.init_app(app)
    commands.init_app(app)
    return app


@pytest.fixture
def sandbox_app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    yield small_app(tmp_path, database_url, is_sandbox=True)
    clock.configure(None)


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


@pytest.mark.parametrize(
    "words", [("clock", "show"), ("clock", "set", "2027-01-31"), ("clock", "reset"), ("seed-demo",)]
)
def test_outside_the_sandbox_time_is_not_moved(database_url: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = run(small_app(tmp_path, database_url, is_sandbox=False), *words)
    assert answer.exit_code == 2
    assert "PORTAL_SANDBOX=1" in answer.output


def test_the_clock_is_set_shown_and_reset(sandbox_app: Flask) -> None:
    assert "Sunday, 31 January 2027, 18:00 UTC" in run(sandbox_app, "clock", "set", "2027-01-31").output
    assert "Sunday, 31 January 2027" in run(sandbox_app, "clock", "show").output
    run(sandbox_app, "clock", "reset")
    assert clock.now().date() == clock.wall_now().date()


def test_a_date_that_is_none_is_refused_with_an_example(sandbox_app: Flask) -> None:
    answer = run(sandbox_app, "clock", "set", "soon")
    assert answer.exit_code == 2
    assert "'soon' is not a date such as 2027-01-31" in answer.output


def test_a_clinic_is_created_once_and_the_second_time_refused(sandbox_app: Flask) -> None:
    from portal import db

    created = run(sandbox_app, "clinic", "create", str(WORLD / "harbor.toml"))
    assert created.exit_code == 0
    assert "Harbor Skin Studio is at http://127.0.0.1:8000/harbor/" in created.output
    again = run(sandbox_app, "clinic", "create", str(WORLD / "harbor.toml"))
    assert again.exit_code == 1
    assert "clinic.slug: There is already a clinic 'harbor'" in again.output
    with db.reading() as session:
        assert len(clinics.all(session)) == 1


def test_the_database_says_that_it_is_at_the_newest_migration(sandbox_app: Flask) -> None:
    answer = run(sandbox_app, "db", "current")
    assert answer.exit_code == 0
    assert "newest" in answer.output
    assert run(sandbox_app, "db", "upgrade").exit_code == 0
