"""Databases for tests: a fresh, migrated one on SQLite or PostgreSQL, copied from a template in milliseconds.

A test that asks for `database_url` runs once for each database that `--database` names and owns what it gets.
`shared_database_url` is one per run and kind, for tests that roll back what they did.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from portal import schema
from tests.postgres import running_server

KINDS = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=sorted(KINDS), default="sqlite", help="what tests run on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", KINDS[metafunc.config.getoption("database")], scope="session")


@cache
def sqlite_template() -> Path:
    """A migrated SQLite file to copy; made once per process."""
    folder = tempfile.mkdtemp(prefix="portal-sqlite-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "template.sqlite3"
    schema.upgrade(f"sqlite:///{path}")
    return path


def fresh_sqlite(folder: Path) -> str:
    """The address of a new migrated SQLite file in `folder`."""
    path = folder / f"{uuid.uuid4().hex}.sqlite3"
    shutil.copyfile(sqlite_template(), path)
    return f"sqlite:///{path}"


@contextlib.contextmanager
def fresh_postgres(admin_url: str, template: str | None = None) -> Iterator[str]:
    """The address of a new PostgreSQL database, a copy of `template` if named; dropped after the block."""
    name = f"portal_test_{uuid.uuid4().hex}"
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template or "template1")
    )
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Copying a small template's files is faster than logging their blocks; 15 and later can choose.
        can_choose = connection.info.server_version >= 150000
        connection.execute(command + sql.SQL(" STRATEGY file_copy" if can_choose else ""))
        try:
            yield make_url(admin_url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running server's own database; databases can be made there."""
    with running_server() as admin_url:
        yield admin_url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody is connected to."""
    with fresh_postgres(postgres_server) as url:
        schema.upgrade(url)
        yield str(make_url(url).database)


@contextlib.contextmanager
def _fresh(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if kind == "sqlite":
        yield fresh_sqlite(folder)
        return
    admin_url = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    with fresh_postgres(admin_url, template) as url:
        yield url


@pytest.fixture
def database_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database of this test's own."""
    with _fresh(database, tmp_path, request) as url:
        yield url


@pytest.fixture(scope="session")
def shared_database_url(
    database: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of one migrated database for all tests that leave it as they found it."""
    with _fresh(database, tmp_path_factory.mktemp("shared"), request) as url:
        yield url
