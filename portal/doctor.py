"""Looks at everything that the portal needs from outside, and says in one line each whether it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, db, schema
from portal.config import DEVELOPMENT_SECRET, Config
from portal.gateways import mailer, stripe_gateway
from portal.gateways.stripe_answers import StripeRefused, StripeUnanswered

MOST_SECONDS_APART = 5


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    is_well: bool
    words: str


class Fault(Exception):
    """Something is not as it must be; the message says what."""


def findings(config: Config) -> Iterator[Finding]:
    """Settings, database, migrations, Stripe, mail server, clock: a fault of one stops no other look."""
    looks: dict[str, Callable[[Config], str]] = {
        "settings": _settings,
        "database": _database,
        "migrations": _migrations,
        "stripe": _stripe,
        "mail": _mail,
        "clock": _clock,
    }
    for name, look in looks.items():
        try:
            yield Finding(name, True, look(config))
        except (Fault, SQLAlchemyError, StripeRefused, mailer.MailAway) as fault:
            yield Finding(name, False, _first_line(fault))
        except StripeUnanswered as fault:
            yield Finding(name, False, f"{config.stripe_api_base}: {_first_line(fault)}")


def revisions() -> tuple[str | None, str | None]:
    """The database's migration and the newest one there is."""
    with db.reading() as session:
        current = MigrationContext.configure(session.connection()).get_current_revision()
    return current, ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()


def _settings(config: Config) -> str:
    config.check()
    for name, value in {
        "STRIPE_SECRET_KEY": config.stripe_secret_key,
        "STRIPE_PUBLISHABLE_KEY": config.stripe_publishable_key,
        "STRIPE_WEBHOOK_SECRET": config.stripe_webhook_secret,
    }.items():
        if not value:
            raise Fault(f"{name} is not set")
    secret = ", with the development's own SECRET_KEY" if config.secret_key == DEVELOPMENT_SECRET else ""
    return f"{config.environment}{', sandbox' if config.is_sandbox else ''}, at {config.base_url}{secret}"


def _database(_config: Config) -> str:
    with db.begin() as session:
        dialect = session.connection().dialect
        session.execute(text("SELECT 1"))
    version = ".".join(str(part) for part in dialect.server_version_info or ())
    return f"{dialect.name} {version} answers and takes writers"


def _migrations(_config: Config) -> str:
    current, newest = revisions()
    if current != newest:
        raise Fault(f"the database is at {current or 'nothing'}, not at {newest}: run `flask db upgrade`")
    return f"at the newest, {newest}"


def _stripe(config: Config) -> str:
    return f"account {stripe_gateway.check_account('')} at {config.stripe_api_base}"


def _mail(config: Config) -> str:
    with mailer.connected():
        return f"{config.mail_server}:{config.mail_port} answers"


def _clock(_config: Config) -> str:
    with db.reading() as session:
        connection = session.connection()
        seen_at = clock.wall_now()
        database_at = _database_time(connection.scalar(text("SELECT CURRENT_TIMESTAMP")))
    apart = abs((database_at - seen_at).total_seconds())
    if apart > MOST_SECONDS_APART:
        raise Fault(f"this machine and the database are {apart:.0f} seconds apart")
    is_moved = abs((clock.now() - clock.wall_now()).total_seconds()) > 1
    moved = f", moved by the sandbox to {clock.now():%Y-%m-%d %H:%M} UTC" if is_moved else ""
    return f"{seen_at:%Y-%m-%d %H:%M} UTC{moved}"


def _database_time(answer: str | datetime) -> datetime:
    # SQLite answers in text, in UTC and without saying so.
    return datetime.fromisoformat(f"{answer}+00:00") if isinstance(answer, str) else answer


def _first_line(fault: Exception) -> str:
    return (str(fault).strip() or type(fault).__name__).splitlines()[0]
