"""What `gunicorn wsgi:app` and `flask --app wsgi` run; the sandbox joins only when PORTAL_SANDBOX=1."""

from __future__ import annotations

import sys

import click
from dotenv import load_dotenv

from portal import cli
from portal.app import create_app
from portal.config import SettingsError
from scheduler import jobs

load_dotenv()
try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"portal: {error}")
cli.init_app(app)
jobs.configure(app.config["PORTAL"])

if app.config["PORTAL"].is_sandbox:
    import sandbox

    sandbox.attach(app)


@app.cli.command("run-job")
@click.argument("name", type=click.Choice(list(jobs.JOBS)))
def run_job(name: str) -> None:
    """Run one job of the scheduler once, to its end."""
    click.echo(f"{name}: {jobs.run(name)}")
