"""The sandbox's `flask` commands: its clock, and the demo's world."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal import clock
from sandbox import clock as sandbox_clock
from scheduler import jobs

clock_group = AppGroup("clock", help="The sandbox clock; it moves dates, not sign-ins.")


def init_app(app: Flask) -> None:
    """Registers the commands."""
    app.cli.add_command(clock_group)
    app.cli.add_command(seed_demo)
    app.cli.add_command(seed_members)


@clock_group.command("show")
def show() -> None:
    """Say what time it is in the sandbox."""
    _refuse_outside_the_sandbox()
    _say_time()


@clock_group.command("set")
@click.argument("moment", metavar="DATE[THH:MM]")
def set_clock(moment: str) -> None:
    """Jump to a date (18:00 UTC) or to a date and time; no job runs."""
    _refuse_outside_the_sandbox()
    try:
        sandbox_clock.set_to(moment)
    except ValueError as error:
        _refuse(f"{moment!r} is not a date such as 2027-01-31 or 2027-01-31T09:30.", error)
    _say_time()


@clock_group.command("advance")
@click.argument("number", type=click.IntRange(1, 3650))
@click.argument("unit", type=click.Choice(["days", "day", "months", "month"]))
def advance(number: int, unit: str) -> None:
    """Go on day by day, running all jobs on each day."""
    _refuse_outside_the_sandbox()
    target = sandbox_clock.later(clock.now().date(), number, "months" if unit.startswith("month") else "days")
    try:
        for step in sandbox_clock.advance_to(target, jobs.run_all):
            done = ", ".join(f"{name} {count}" for name, count in step.done.items() if count)
            click.echo(f"{step.day:%Y-%m-%d}  {done or 'nothing due'}")
    except ValueError as error:
        _refuse(f"{error}.", error)
    _say_time()


@clock_group.command("reset")
def reset() -> None:
    """Go back to real time."""
    _refuse_outside_the_sandbox()
    clock.reset()
    _say_time()


@click.command("seed-demo")
@with_appcontext
def seed_demo() -> None:
    """Build the demo's clinics and patients by moving through a year; refused where a clinic exists."""
    from sandbox.world import seed

    _refuse_outside_the_sandbox()
    for sentence in seed.build(current_app.config["PORTAL"]):
        click.echo(sentence)


@click.command("seed-members")
@click.argument("count", type=click.IntRange(1, 1_000_000))
@click.option("--clinic", "clinic_slug", required=True, metavar="SLUG")
@click.option("--plan", "plan_slug", required=True, metavar="SLUG")
@click.option("--due", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
@with_appcontext
def seed_members(count: int, clinic_slug: str, plan_slug: str, due: datetime) -> None:
    """Add patients load-<i>@example.com, each a member with a test card whose next draw is DATE."""
    from sandbox import members

    _refuse_outside_the_sandbox()
    try:
        added = members.seed(current_app.config["PORTAL"], count, clinic_slug, plan_slug, due.date())
    except members.SeedRefused as error:
        _refuse(str(error), error)
    click.echo(f"{added} members at {clinic_slug} are drawn on {due:%Y-%m-%d}.")


def _refuse_outside_the_sandbox() -> None:
    if not current_app.config["PORTAL"].is_sandbox:
        _refuse("The clock and the demo's world are for the sandbox only: set PORTAL_SANDBOX=1.")


def _refuse(sentence: str, error: Exception | None = None) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(2) from error


def _say_time() -> None:
    click.echo(f"It is {clock.now():%A, %d %B %Y, %H:%M} UTC in the sandbox.")
