"""The database's schema: brought to the newest migration. Apart from `db`, as Alembic is slow to load."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def alembic_config(url: str) -> AlembicConfig:
    """Alembic's configuration for a database, without an ini file."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Brings the database to the newest migration; does nothing when it is there."""
    command.upgrade(alembic_config(url), "head")
