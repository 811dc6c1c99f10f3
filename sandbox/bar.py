"""The sandbox's bar on every page: what day it is, and the way to the next one; and the demo's start page."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import structlog
from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal import clock, db
from portal.models import Clinic
from portal.routes import access
from portal.routes.render import page
from portal.services.clinic import clinics
from sandbox import clock as sandbox_clock
from sandbox.due import next_due_on
from sandbox.world.people import PASSWORD, PEOPLE
from scheduler import jobs

log = structlog.get_logger()
blueprint = Blueprint("sandbox", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Puts the bar on every page; its forms stand below the clinic's own address, whose cookie they need."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"sandbox_bar": _bar})


@blueprint.get("/sandbox/")
@access.anyone
def start() -> ResponseReturnValue:
    """The demo's clinics, and who to sign in as."""
    with db.reading() as session:
        found = clinics.all(session)
    people = {clinic.slug: [person for person in PEOPLE if person.clinic == clinic.slug] for clinic in found}
    given: dict[str, Any] = {"clinics": found, "people": people, "mailbox_url": _mailbox_url()}
    return page("sandbox/start.html", password=PASSWORD, **given)


@blueprint.post("/<clinic_slug>/sandbox/draw-day")
@access.anyone
def jump(clinic_slug: str) -> ResponseReturnValue:
    """On to the next draw day of the signed-in patient, else of the clinic."""
    clinic, patient = access.current_clinic(), access.signed_in_patient()
    session, last = access.db_session(), sandbox_clock.last_step_on()
    own = next_due_on(session, last, clinic.id, patient.id) if patient else None
    target = own or next_due_on(session, last, clinic.id)
    if target is None:
        flash("No draw is coming up here: nobody is an active member.", "info")
        return _back(clinic)
    return _go_to(clinic, target)


@blueprint.post("/<clinic_slug>/sandbox/next-day")
@access.anyone
def go_to_next_day(clinic_slug: str) -> ResponseReturnValue:
    """On to tomorrow."""
    clinic = access.current_clinic()
    return _go_to(clinic, sandbox_clock.later(clock.today(clinic.time_zone), 1, "days"))


def _go_to(clinic: Clinic, target: date) -> ResponseReturnValue:
    # The jobs open transactions of their own; SQLite has one writer, and this request must not be it.
    access.close_session()
    steps = list(sandbox_clock.advance_to(target, jobs.run_all))
    draws = sum(step.done.get("renew", 0) for step in steps)
    letters = sum(step.done.get("send_letters", 0) for step in steps)
    flash(f"It is now {_spoken(clock.today(clinic.time_zone))}. Draws: {draws}. Letters sent: {letters}.")
    log.info("sandbox moved", days=len(steps), draws=draws, letters=letters)
    return _back(clinic)


def _back(clinic: Clinic) -> ResponseReturnValue:
    wanted = access.own_address(request.form.get("back"), clinic)
    return redirect(wanted or url_for("clinic.public", clinic_slug=clinic.slug), 303)


def _bar() -> Markup:
    clinic = access.clinic_or_none()
    on = clock.today(clinic.time_zone) if clinic else clock.now().date()
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    given = {"clinic": clinic, "today": _spoken(on), "back": back, "mailbox_url": _mailbox_url()}
    return Markup(render_template("sandbox/bar.html", **given))  # noqa: S704 - our own escaped template


def _spoken(on: date) -> str:
    return f"{on:%A}, {on.day} {on:%B %Y}"


def _mailbox_url() -> str | None:
    return os.environ.get("SANDBOX_MAILBOX_URL")
