"""The patient's own account: details, password, devices."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.account import ChangePasswordForm, DetailsForm, NewPasswordForm
from portal.routes import render
from portal.routes.access import (
    begin_sign_in,
    current_clinic,
    current_device,
    current_patient,
    db_session,
    end_sign_in,
    patient_only,
)
from portal.routes.limits import limiter
from portal.routes.sign_in import WRONG_GUESSES, is_declined
from portal.services.people import passwords, patients, sessions, sign_in

blueprint = Blueprint("account", __name__, url_prefix="/<clinic_slug>")

NOT_CURRENT = "This is not your current password. After ten wrong tries it rests for an hour."


@blueprint.route("/account", methods=["GET", "POST"])
@patient_only
def page(clinic_slug: str) -> ResponseReturnValue:
    """Name, phone and billing address; below them password and devices."""
    form = DetailsForm(obj=current_patient())
    if not form.is_submitted():
        return _account_page(form, _password_form())
    if not form.validate():
        return _account_page(form, _password_form(is_sent=False), 422)
    typed = {name: form[name].data for name in patients.Details.__dataclass_fields__}
    patients.update_details(db_session(), current_patient(), patients.Details(**typed), clock.now())
    db_session().commit()
    return render.done(url_for(".page", clinic_slug=clinic_slug), "Your details are saved.")


@blueprint.post("/account/password")
@patient_only
@limiter.limit(WRONG_GUESSES, deduct_when=is_declined)
def password(clinic_slug: str) -> ResponseReturnValue:
    """Sets a new password and ends every other session of the patient."""
    form = _password_form()
    if form is None or not _is_good(form):
        return _account_page(DetailsForm(formdata=None, obj=current_patient()), form, 422)
    is_remembered, wall_now = current_device().is_remembered, clock.wall_now()
    db_session().commit()  # hashing takes its time, and must not hold a transaction open
    password_hash = passwords.hashed(form.new_password.data)
    patients.set_password(db_session(), current_patient(), password_hash, wall_now)
    begin_sign_in(current_patient(), is_remembered, wall_now)
    db_session().commit()
    message = "Your password is changed. Every other device is signed out."
    return render.done(url_for(".page", clinic_slug=clinic_slug), message)


@blueprint.post("/account/sign-out-everywhere")
@patient_only
def sign_out_everywhere(clinic_slug: str) -> ResponseReturnValue:
    """Ends the patient's session on every device, this one included."""
    wall_now = clock.wall_now()
    sessions.end_all(db_session(), current_patient(), wall_now)
    end_sign_in(wall_now)
    db_session().commit()
    target = url_for("sign_in.page", clinic_slug=clinic_slug)
    answer = make_response(render.done(target, "You are signed out on every device."))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _password_form(is_sent: bool = True) -> NewPasswordForm | None:
    """The form that fits: none where neither a password nor a fresh code shows that it is the patient."""
    given = {} if is_sent else {"formdata": None}
    if sessions.is_fresh_from_code(db_session(), current_device(), clock.wall_now()):
        return NewPasswordForm(**given)
    return ChangePasswordForm(**given) if current_patient().password_hash else None


def _is_good(form: NewPasswordForm) -> bool:
    patient, clinic = current_patient(), current_clinic()
    is_whole = form.validate()
    words = [patient.first_name, patient.last_name, patient.email, clinic.name]
    weakness = passwords.weakness(form.new_password.data, words) if form.new_password.data else None
    if weakness:
        form.new_password.errors = [weakness]
    if not is_whole or weakness:
        return False
    if not isinstance(form, ChangePasswordForm):
        return True
    db_session().commit()  # the verb opens its own transactions
    if sign_in.by_password(clinic, patient.email, form.current_password.data, clock.wall_now()) is None:
        form.current_password.errors = [NOT_CURRENT]
        return False
    return True


def _account_page(details: DetailsForm, password_form: NewPasswordForm | None, status: int = 200) -> Response:
    return render.page("account/page.html", status, form=details, password_form=password_form)
