"""Make an account, and confirm the address it is for."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.sign_in import CodeForm
from portal.forms.sign_up import SignUpForm
from portal.routes import render
from portal.routes.access import (
    anyone,
    begin_sign_in,
    current_clinic,
    db_session,
    onward,
    signed_in_patient,
    wanted_address,
)
from portal.routes.limits import limiter
from portal.routes.sign_in import (
    CODE_DECLINED,
    LETTERS_ASKED,
    WRONG_GUESSES,
    code_key,
    is_asking_for_code,
    is_declined,
    is_typing_code,
)
from portal.routes.sign_in_cookie import CodeAsked, code_asked, remember_code
from portal.services.people import passwords, sign_in, sign_up

log = structlog.get_logger()
blueprint = Blueprint("sign_up", __name__, url_prefix="/<clinic_slug>")


@blueprint.route("/sign-up", methods=["GET", "POST"])
@anyone
@limiter.limit(LETTERS_ASKED, methods=["POST"])
def page(clinic_slug: str) -> ResponseReturnValue:
    """Name, e-mail and password; an address that is known already leads to the same page."""
    if not current_clinic().programme.patients_may_sign_up:
        return render.page("sign_up/closed.html", 403)
    if request.method == "GET" and signed_in_patient() is not None:
        return redirect(onward())
    form = SignUpForm()
    if not form.is_submitted():
        return _sign_up_page(form)
    if not _is_good(form):
        return _sign_up_page(form, 422)
    remember_code(_started(form))
    return render.done(url_for(".confirm", clinic_slug=clinic_slug, next=wanted_address()))


@blueprint.route("/sign-up/confirm", methods=["GET", "POST"])
@anyone
@limiter.limit(LETTERS_ASKED, methods=["POST"], exempt_when=is_typing_code)
@limiter.limit(WRONG_GUESSES, methods=["POST"], exempt_when=is_asking_for_code, deduct_when=is_declined)
def confirm(clinic_slug: str) -> ResponseReturnValue:
    """Takes the code of the mail and signs in; or mails a new one."""
    asked = code_asked()
    if asked is None:
        flash("This browser has not signed up lately. You can sign in with a code by e-mail instead.")
        return redirect(url_for("sign_in.code_page", clinic_slug=clinic_slug), 303)
    if request.method != "POST":
        return _confirm_page(CodeForm(), asked)
    return _code_typed(asked) if is_typing_code() else _code_wanted(asked)


def _is_good(form: SignUpForm) -> bool:
    is_whole = form.validate()
    words = [form.first_name.data, form.last_name.data, form.email.data, current_clinic().name]
    weakness = passwords.weakness(form.password.data, words) if form.password.data else None
    if weakness:
        form.password.errors = [weakness]
    return is_whole and weakness is None


def _started(form: SignUpForm) -> CodeAsked:
    clinic = current_clinic()
    db_session().commit()  # hashing takes its time, and must not hold a transaction open
    newcomer = sign_up.Newcomer(
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        email=form.email.data,
        password_hash=passwords.hashed(form.password.data),
    )
    code_id = sign_up.start(db_session(), clinic, newcomer, code_key(), clock.now(), clock.wall_now())
    db_session().commit()
    return CodeAsked(form.email.data, code_id)


def _code_typed(asked: CodeAsked) -> ResponseReturnValue:
    form, wall_now = CodeForm(), clock.wall_now()
    if not form.validate():
        return _confirm_page(form, asked, 422)
    patient = sign_in.by_code(
        db_session(), current_clinic(), asked.code_id, form.code.data, code_key(), clock.now(), wall_now
    )
    if patient is not None:
        begin_sign_in(patient, False, wall_now)
    db_session().commit()
    if patient is None:
        log.info("refused", route=request.endpoint, reason="code")
        form.code.errors = [CODE_DECLINED]
        return _confirm_page(form, asked, 422)
    return render.done(onward(), "Welcome! Your e-mail address is confirmed.")


def _code_wanted(asked: CodeAsked) -> ResponseReturnValue:
    code_id = sign_in.send_again(
        db_session(), current_clinic(), asked.code_id, code_key(), clock.now(), clock.wall_now()
    )
    db_session().commit()
    remember_code(CodeAsked(asked.email, code_id))
    target = url_for(".confirm", clinic_slug=current_clinic().slug, next=wanted_address())
    return render.done(target, "A new code is on its way. Earlier ones no longer work.")


def _sign_up_page(form: SignUpForm, status: int = 200) -> Response:
    return render.page("sign_up/page.html", status, form=form, wanted=wanted_address())


def _confirm_page(form: CodeForm, asked: CodeAsked, status: int = 200) -> Response:
    return render.page("sign_up/confirm.html", status, form=form, email=asked.email, wanted=wanted_address())
