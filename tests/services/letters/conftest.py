"""A database of the test's own, a running mailbox, and letters configured for both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock, db, letters_env
from portal.config import Config
from portal.gateways import mailer
from portal.models import OutboxEmail
from sandbox.mailbox.server import RunningMailbox, start


@pytest.fixture
def mailbox() -> Iterator[RunningMailbox]:
    """A mailbox that listens on a free port."""
    with start() as running:
        yield running


def settings(**more: str) -> Config:
    """A portal at portal.example."""
    sender = "Portal <no-reply@portal.example>"
    return Config.from_env(
        {
            "PORTAL_ENV": "test",
            "PORTAL_BASE_URL": "https://portal.example",
            "MAIL_DEFAULT_SENDER": sender,
            **more,
        }
    )


@pytest.fixture
def database_open(database_url: str) -> Iterator[None]:
    """The test's database behind db.begin(), and letters that link to portal.example."""
    letters_env.configure(settings())
    engine = db.connect(database_url)
    yield
    engine.dispose()


@pytest.fixture
def post(mailbox: RunningMailbox, database_open: None) -> RunningMailbox:
    """The mailbox that this test's letters are sent to."""
    mailer.configure(settings(MAIL_PORT=str(mailbox.smtp_port)))
    return mailbox


def wait_out_the_pause() -> None:
    """As if time had passed: what waits for its next try is due, and every claim has run out."""
    past = clock.wall_now() - timedelta(seconds=1)
    with db.begin() as session:
        session.execute(update(OutboxEmail).values(next_try_at=past, claimed_until=None))
