"""Sign in by password or by a code of the mail, and sign out."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.sign_in import AskForCodeForm, SignInCodeForm, SignInForm
from portal.routes import render
from portal.routes.access import (
    anyone,
    begin_sign_in,
    current_clinic,
    db_session,
    end_sign_in,
    onward,
    signed_in_patient,
    wanted_address,
)
from portal.routes.limits import limiter
from portal.routes.sign_in_cookie import CodeAsked, code_asked, forget_code, remember_code
from portal.services.people import patients, sign_in

log = structlog.get_logger()
blueprint = Blueprint("sign_in", __name__, url_prefix="/<clinic_slug>")

# For one address on the net; a clinic's visitors may share one. The account itself counts its own guesses.
WRONG_GUESSES = "30 per minute; 300 per hour"
LETTERS_ASKED = "10 per minute; 100 per hour"

DECLINED = (
    "This e-mail and password do not belong together. Check both, or sign in with a code by e-mail. "
    "After ten wrong tries a password rests for an hour."
)
NO_CODE_ASKED = "Ask for a code first: this browser has not asked for one."
CODE_DECLINED = "This code is not right, or no longer valid. Use the newest e-mail, or ask for a new code."


def is_declined(answer: Response) -> bool:
    """Only guesses that went wrong are counted against the address they came from."""
    return answer.status_code == 422


def is_typing_code() -> bool:
    """Whether a form brings a code, or asks for one."""
    return "code" in request.form


def is_asking_for_code() -> bool:
    """The opposite, as the limits want it."""
    return not is_typing_code()


def code_key() -> str:
    """The secret that codes are hashed with."""
    return str(current_app.config["SECRET_KEY"])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@anyone
@limiter.limit(WRONG_GUESSES, methods=["POST"], deduct_when=is_declined)
def page(clinic_slug: str) -> ResponseReturnValue:
    """E-mail and password; wrong ones, and accounts that do not exist, are told the same."""
    if request.method == "GET" and signed_in_patient() is not None:
        return redirect(onward())
    form = SignInForm()
    if not form.is_submitted():
        return _sign_in_page(form)
    if not form.validate():
        return _sign_in_page(form, 422)
    patient_id = _checked(form)
    if patient_id is None:
        log.info("refused", route=request.endpoint, reason="e-mail and password")
        form.form_errors.append(DECLINED)
        return _sign_in_page(form, 422)
    return _signed_in(patient_id, form.is_remembered.data)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@anyone
@limiter.limit(LETTERS_ASKED, methods=["POST"], exempt_when=is_typing_code)
@limiter.limit(WRONG_GUESSES, methods=["POST"], exempt_when=is_asking_for_code, deduct_when=is_declined)
def code_page(clinic_slug: str) -> ResponseReturnValue:
    """Asks whom to mail a code to, then for the code; also the way back after a forgotten password."""
    if request.method == "POST":
        return _code_typed() if is_typing_code() else _code_wanted()
    if "again" in request.args:
        forget_code()
    asked = code_asked()
    if asked is not None:
        return _code_page(SignInCodeForm(), asked)
    # A signed-in patient who has forgotten the password asks on the account page.
    return redirect(onward()) if signed_in_patient() is not None else _ask_page(AskForCodeForm())


@blueprint.post("/sign-out")
@anyone
def sign_out(clinic_slug: str) -> ResponseReturnValue:
    """Ends this device's session on the server; what the browser kept of the pages is forgotten too."""
    end_sign_in(clock.wall_now())
    db_session().commit()
    target = url_for("clinic.public", clinic_slug=clinic_slug)
    answer = make_response(render.done(target, "You are signed out."))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _checked(form: SignInForm) -> UUID | None:
    clinic = current_clinic()
    db_session().commit()  # the verb opens its own transactions
    return sign_in.by_password(clinic, form.email.data, form.password.data, clock.wall_now())


def _signed_in(patient_id: UUID, is_remembered: bool) -> ResponseReturnValue:
    patient = patients.mine_or_none(db_session(), current_clinic(), patient_id)
    if patient is None:
        raise RuntimeError("the patient who has just signed in is gone")
    begin_sign_in(patient, is_remembered, clock.wall_now())
    db_session().commit()
    return render.done(onward())


def _code_wanted() -> ResponseReturnValue:
    form = AskForCodeForm()
    if not form.validate():
        return _ask_page(form, 422)
    code_id = sign_in.send_code(
        db_session(), current_clinic(), form.email.data, code_key(), clock.now(), clock.wall_now()
    )
    db_session().commit()
    remember_code(CodeAsked(form.email.data, code_id))
    return render.done(url_for(".code_page", clinic_slug=current_clinic().slug, next=wanted_address()))


def _code_typed() -> ResponseReturnValue:
    form, asked, wall_now = SignInCodeForm(), code_asked(), clock.wall_now()
    if asked is None:
        return _ask_page(AskForCodeForm(formdata=None), 422, (NO_CODE_ASKED,))
    if not form.validate():
        return _code_page(form, asked, 422)
    patient = sign_in.by_code(
        db_session(), current_clinic(), asked.code_id, form.code.data, code_key(), clock.now(), wall_now
    )
    if patient is not None:
        begin_sign_in(patient, form.is_remembered.data, wall_now)
    db_session().commit()
    if patient is None:
        log.info("refused", route=request.endpoint, reason="code")
        form.code.errors = [CODE_DECLINED]
        return _code_page(form, asked, 422)
    return render.done(onward())


def _sign_in_page(form: SignInForm, status: int = 200) -> Response:
    return render.page("sign_in/page.html", status, form=form, wanted=wanted_address())


def _ask_page(form: AskForCodeForm, status: int = 200, refusals: tuple[str, ...] = ()) -> Response:
    return render.page("sign_in/ask.html", status, form=form, wanted=wanted_address(), refusals=refusals)


def _code_page(form: SignInCodeForm, asked: CodeAsked, status: int = 200) -> Response:
    return render.page("sign_in/code.html", status, form=form, email=asked.email, wanted=wanted_address())
