"""Alembic's entry: runs the migrations on the database that the caller names."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

import portal.models  # noqa: F401 - registers every table
from portal.config import Config
from portal.db import Base, new_engine


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    migrate(connection)
else:
    engine = new_engine(context.config.attributes.get("url") or Config.from_env().database_url)
    with engine.connect() as own_connection:
        migrate(own_connection)
        own_connection.commit()
    engine.dispose()
