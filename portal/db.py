"""The database: Base and its column types, connect(), begin(); SQLite in WAL mode or PostgreSQL, one code for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime is refused")
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The parent of every model; names constraints alike on both databases."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}


def choices(kind: type[StrEnum], name: str) -> Enum:
    """A text column that holds one value of `kind`, held by a check constraint called `name`."""
    longest = max(len(member.value) for member in kind)
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=max(longest, 24),
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> UUID:
    """A UUIDv7: not guessable in addresses, in order of time in indexes, never the same after a restore."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


_sessions: sessionmaker[Session] | None = None


def connect(url: str) -> Engine:
    """Opens the engine that begin() uses from now on in this process; an earlier one is closed."""
    global _sessions
    disconnect()
    engine = new_engine(url)
    _sessions = sessionmaker(engine, expire_on_commit=False)
    return engine


def new_engine(url: str) -> Engine:
    """An engine for either database, with the pragmas and transactions that the services rely on."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _new_sqlite_engine(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    # Statements' values are patients' data: they stay out of errors and so out of logs.
    return create_engine(parsed, pool_size=8, max_overflow=16, pool_pre_ping=True, hide_parameters=True)


def _new_sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": 30, "isolation_level": None}, pool_size=16, max_overflow=80, hide_parameters=True
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(connection: Connection) -> None:
    # A read that turns into a write fails at once under WAL, so a writer takes its place at the start.
    readonly = connection.get_execution_options().get("portal_readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


@contextmanager
def begin() -> Iterator[Session]:
    """One transaction: commits at the end of the block, rolls back when it raises."""
    if _sessions is None:
        raise RuntimeError("connect() has not been called")
    with _sessions.begin() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One transaction that only reads: on SQLite it never waits for a writer."""
    if _sessions is None:
        raise RuntimeError("connect() has not been called")
    with _sessions() as session:
        session.connection(execution_options={"portal_readonly": True})
        yield session


def new_session() -> Session:
    """A session whose owner commits and closes it: the one of a web request."""
    if _sessions is None:
        raise RuntimeError("connect() has not been called")
    return _sessions()


def disconnect() -> None:
    """Closes the engine that connect() opened."""
    global _sessions
    if _sessions is not None:
        _sessions.kw["bind"].dispose()
        _sessions = None
