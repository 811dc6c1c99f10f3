"""The cookie: one a clinic, as a browser may be signed in at several; it names a session row by its token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Response, g, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, login_user, logout_user

from portal.models import Patient, PatientSession

# "strong" would sign remembered patients out whenever their address on the net changes.
login = LoginManager()
login.session_protection = "basic"

NOT_IN_COOKIE_NAMES = re.compile(r"[^A-Za-z0-9-]")


class CookiePerClinic(SecureCookieSessionInterface):
    """Flask's signed cookie under a name made of the first path segment."""

    def get_cookie_name(self, app: Flask) -> str:
        segment = request.path.split("/", 2)[1][:40] if has_request_context() else ""
        slug = NOT_IN_COOKIE_NAMES.sub("", segment)
        prefix = "__Host-" if app.config["SESSION_COOKIE_SECURE"] else ""
        return f"{prefix}portal-{slug or 'portal'}"

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        # An address of no clinic must not fill the browser: it keeps so many cookies a host, and drops the oldest.
        if g.get("clinic", True) is not None:
            super().save_session(app, session, response)


class SignedIn(UserMixin):
    """A signed-in patient as flask-login knows them: by a session row's token, not by the patient's id."""

    def __init__(self, patient: Patient, token: str, device: PatientSession | None = None) -> None:
        self.patient, self.token, self.device = patient, token, device

    def get_id(self) -> str:
        return self.token


@dataclass(frozen=True)
class CodeAsked:
    """What a browser that asked for a code remembers: whom it was mailed to, and which code it is."""

    email: str
    code_id: UUID


def current_token() -> str | None:
    """The session token of this browser at this clinic, or None."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def remember_token(patient: Patient, token: str, is_remembered: bool) -> None:
    """Puts a fresh session's token into a fresh cookie; nothing of the one before survives."""
    session.clear()
    session.permanent = is_remembered
    login_user(SignedIn(patient, token))


def forget_token() -> None:
    """Empties the cookie; the session row is ended by its own verb."""
    logout_user()
    session.clear()


def remember_code(asked: CodeAsked) -> None:
    """Lets this browser, and no other, type the code in."""
    session["code_asked"] = [asked.email, str(asked.code_id)]


def code_asked() -> CodeAsked | None:
    """The code that this browser asked for last, or None."""
    match session.get("code_asked"):
        case [str(email), str(code_id)]:
            return CodeAsked(email, UUID(code_id))
        case _:
            return None


def forget_code() -> None:
    """For a patient who wants to type another address."""
    session.pop("code_asked", None)


def init_app(app: Flask) -> None:
    """Signs in and out through flask-login."""
    # A cookie in every answer to a remembered patient would also stand in the answers that caches keep.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    # Not login.init_app(): it adds the work of a second cookie, one for all clinics, to every answer. Ours remembers.
    app.login_manager = login  # type: ignore[attr-defined]
