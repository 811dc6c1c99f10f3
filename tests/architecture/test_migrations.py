"""The migrations: one line of history that ends where the models are."""

from __future__ import annotations

from alembic import command
from alembic.script import ScriptDirectory

from portal.schema import alembic_config
from tests.architecture.tree import python_files


def test_there_is_one_head() -> None:
    heads = ScriptDirectory.from_config(alembic_config("sqlite://")).get_heads()
    assert len(heads) == 1, heads


def test_files_are_numbered_without_gaps() -> None:
    numbers = [path.name.split("_")[0] for path in python_files("migrations/versions")]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)], numbers


def test_the_newest_migration_is_what_the_models_say(database_url: str) -> None:
    """Raises alembic's own list of differences when a model was changed without a migration."""
    command.check(alembic_config(database_url))
