"""The guards: who may open a route. Every route names exactly one; a test walks them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import structlog
from flask import Flask, abort, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import clock, db
from portal.models import Clinic, Patient, PatientSession
from portal.routes import sign_in_cookie
from portal.routes.sign_in_cookie import SignedIn
from portal.services.clinic import clinics
from portal.services.people import sessions

log = structlog.get_logger()
Route = TypeVar("Route", bound=Callable[..., Any])


def db_session() -> Session:
    """The request's session: only reading for GET; a writing route commits it once, at its end."""
    if "db_session" not in g:
        g.db_session = db.new_session()
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            g.db_session.connection(execution_options={"portal_readonly": True})
    return g.db_session


def close_session(_error: BaseException | None = None) -> None:
    """Ends the request's session; what was not committed is gone."""
    session = g.pop("db_session", None)
    if session is not None:
        session.close()


def current_clinic() -> Clinic:
    """The clinic whose portal is asked; an unknown one is a 404."""
    clinic = clinic_or_none()
    if clinic is None:
        abort(404)
    return clinic


def clinic_or_none() -> Clinic | None:
    """The clinic of the address, or None where it names none; for error pages, an address of no route included."""
    if "clinic" not in g:
        slug = (request.view_args or {}).get("clinic_slug") or request.path.split("/")[1]
        g.clinic = clinics.by_slug(db_session(), slug) if slug else None
    return g.clinic


@sign_in_cookie.login.user_loader
def _signed_in(token: str) -> SignedIn | None:
    found = sessions.running(db_session(), current_clinic(), token, clock.wall_now())
    return SignedIn(found.patient, token, found.device) if found else None


def signed_in_patient() -> Patient | None:
    """The patient of this clinic whose session the cookie names, or None."""
    return current_user.patient if current_user.is_authenticated else None


def current_patient() -> Patient:
    """The signed-in patient of a route that is guarded by `patient_only`."""
    patient = signed_in_patient()
    if patient is None:
        raise RuntimeError("this route is not guarded by patient_only")
    return patient


def current_device() -> PatientSession:
    """The session row of this browser, in a route that is guarded by `patient_only`."""
    device = current_user.device if current_user.is_authenticated else None
    if device is None:
        raise RuntimeError("this route is not guarded by patient_only")
    return device


def begin_sign_in(patient: Patient, is_remembered: bool, wall_now: datetime) -> None:
    """Signs the patient in on this browser by a new session and ends its earlier one. The caller commits."""
    end_sign_in(wall_now)
    token = sessions.start(db_session(), patient, is_remembered, wall_now)
    sign_in_cookie.remember_token(patient, token, is_remembered)


def end_sign_in(wall_now: datetime) -> None:
    """Ends this browser's session on the server and empties its cookie. The caller commits."""
    token = sign_in_cookie.current_token()
    if token:
        sessions.end(db_session(), token, wall_now)
    sign_in_cookie.forget_token()


def anyone(route: Route) -> Route:
    """Open to everybody."""
    route.__guard__ = "anyone"  # type: ignore[attr-defined]
    return route


def patient_only(route: Route) -> Route:
    """Open to a signed-in patient of this clinic; others are sent to sign in and come back."""

    @wraps(route)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if signed_in_patient() is None:
            log.info("refused", route=request.endpoint, reason="not signed in")
            return sign_in_first()
        return route(*args, **kwargs)

    guarded.__guard__ = "patient_only"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def sign_in_first() -> ResponseReturnValue:
    """To the sign-in page and back: a redirect, or for htmx a 401 that tells the browser to go there."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("sign_in.page", clinic_slug=current_clinic().slug, next=wanted)
    if request.headers.get("HX-Request"):
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303 if request.method == "POST" else 302)


def wanted_address() -> str | None:
    """Where the visitor was going before signing in, by the address's `next`; None if outside this clinic."""
    return own_address(request.args.get("next"), current_clinic())


def onward() -> str:
    """Where a patient goes who has just signed in."""
    return wanted_address() or f"/{current_clinic().slug}/memberships"


def own_address(wanted: str | None, clinic: Clinic) -> str | None:
    """A `next` address if it lies inside this clinic's portal, else None: nobody is sent elsewhere."""
    if not wanted or "\\" in wanted or any(ord(character) < 33 for character in wanted):
        return None
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not wanted.startswith(f"/{clinic.slug}/"):
        return None
    # Browsers walk up at "..", also where it is written "%2e%2e".
    is_climbing = any(unquote(segment) in {".", ".."} for segment in parts.path.split("/"))
    return None if is_climbing else wanted


def _note_seen(_error: BaseException | None = None) -> None:
    # Runs after the request's own database session is closed: SQLite has one writer at a time.
    user = g.get("_login_user")
    device = user.device if isinstance(user, SignedIn) else None
    wall_now = clock.wall_now()
    if device is None or not sessions.is_unseen_for_a_while(device, wall_now):
        return
    try:
        sessions.note_seen(device.id, wall_now)
    except SQLAlchemyError as error:
        log.warning("session not noted as seen", error=type(error).__name__)


def init_app(app: Flask) -> None:
    """Ends the request's database session whatever happened, and then keeps the patient's session awake."""
    sign_in_cookie.init_app(app)
    # Flask calls the last one registered first.
    app.teardown_request(_note_seen)
    app.teardown_request(close_session)
