"""What tests share: a sandbox Stripe and a mailbox a process, a world a test, a browser-like client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import clock, db, startup
from portal.config import Config
from sandbox.mailbox import server as mailbox_server
from sandbox.mailbox.server import RunningMailbox
from sandbox.stripe import server as stripe_server
from sandbox.stripe.server import RunningStripe
from scheduler import jobs
from tests.pages import PageClient
from tests.world import World


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[RunningStripe]:
    """One sandbox Stripe a process."""
    with stripe_server.start() as running:
        yield running


@pytest.fixture(scope="session")
def running_mailbox() -> Iterator[RunningMailbox]:
    """One mailbox a process."""
    with mailbox_server.start() as running:
        yield running


@pytest.fixture
def config(database_url: str, tmp_path: Path, running_stripe: RunningStripe, running_mailbox: RunningMailbox) -> Config:
    """The settings of one test's installation."""
    return Config.from_env(
        {
            "PORTAL_ENV": "test",
            "PORTAL_SANDBOX": "1",
            "PORTAL_VAR": str(tmp_path / "var"),
            "DATABASE_URL": database_url,
            "PORTAL_BASE_URL": "http://localhost",
            "STRIPE_SECRET_KEY": "sk_test_sandbox",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
            "STRIPE_WEBHOOK_SECRET": "whsec_sandbox",
            "STRIPE_API_BASE": running_stripe.url,
            "STRIPE_JS_URL": f"{running_stripe.url}/stripe.js",
            "MAIL_PORT": str(running_mailbox.smtp_port),
            "STRIPE_TIMEOUT": "5",
            "DRAW_RATE_PER_ACCOUNT": "1000",
            "RENEW_WORKERS": "4",
            "LOG_LEVEL": "CRITICAL",
        }
    )


@pytest.fixture
def world(config: Config, running_stripe: RunningStripe, running_mailbox: RunningMailbox) -> Iterator[World]:
    """Two clinics on 31 January 2027, 10 o'clock in Los Angeles; nobody has come yet."""
    running_stripe.reset()
    running_mailbox.clear()
    startup.connect_outside(config)
    jobs.configure(config)
    world = World(config, running_stripe, running_mailbox)
    world.go_to("2027-01-31")
    world.open_clinics()
    yield world
    db.disconnect()
    clock.configure(None)


@pytest.fixture
def app(world: World) -> Flask:
    """The web application over the test's world."""
    from portal.app import create_app

    return create_app(world.config)


@pytest.fixture
def visit(app: Flask) -> Callable[[], PageClient]:
    """A new browser: visit() is nobody, visit().sign_in("dan") is Dan."""
    app.test_client_class = PageClient
    return app.test_client  # type: ignore[return-value]
