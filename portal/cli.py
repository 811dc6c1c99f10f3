"""The `flask` commands of an operator: migrations, a clinic from its file, a look at everything."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal import clock, db
from portal.config import Config
from portal.services import self_check
from portal.services.clinic import clinic_file

db_group = AppGroup("db", help="The database's migrations.")
clinic_group = AppGroup("clinic", help="Clinics of this installation.")


def init_app(app: Flask) -> None:
    """Registers the commands."""
    for command in (db_group, clinic_group, doctor_command, self_check_command):
        app.cli.add_command(command)


@db_group.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest migration; does nothing when it is there."""
    from portal import schema

    schema.upgrade(_config().database_url)
    click.echo(f"The database is at {_revisions()[0]}.")


@db_group.command("current")
def current() -> None:
    """Say which migration the database is at; exit 1 when it is not the newest."""
    at, newest = _revisions()
    click.echo(f"{at or 'nothing'} (newest: {newest})")
    raise SystemExit(0 if at == newest else 1)


@clinic_group.command("create")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def create_clinic(file: Path) -> None:
    """Make a clinic with programme, plans, agreements and coupons from FILE, a TOML file."""
    try:
        with db.begin() as session:
            clinic = clinic_file.create(session, file, clock.now())
    except clinic_file.ClinicFileError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        raise SystemExit(1) from error
    click.echo(f"{clinic.name} is at {_config().base_url}/{clinic.slug}/")


@click.command("doctor")
@with_appcontext
def doctor_command() -> None:
    """Look at settings, database, migrations, Stripe, mail and clock; exit 1 when something is wrong."""
    from portal import doctor

    is_well = True
    for finding in doctor.findings(_config()):
        click.echo(f"{'ok   ' if finding.is_well else 'FAULT'}  {finding.name:<11} {finding.words}")
        is_well = is_well and finding.is_well
    raise SystemExit(0 if is_well else 1)


def _revisions() -> tuple[str | None, str | None]:
    # Alembic is slow to import, and the web imports this file.
    from portal import doctor

    return doctor.revisions()


@click.command("self-check")
@with_appcontext
def self_check_command() -> None:
    """Look for what must never be true of books and letters; print each violation, exit 1 when there is any."""
    with db.reading() as session:
        found = self_check.violations(session)
    for violation in found:
        click.echo(violation)
    if found:
        raise SystemExit(1)
    click.echo("The books and letters agree.")


def _config() -> Config:
    config = current_app.config["PORTAL"]
    assert isinstance(config, Config)
    return config
