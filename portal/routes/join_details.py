"""The wizard's second step: the patient's details, the draw day, the coupon."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.join import JoinDetailsForm, without_draw_day
from portal.routes import join_steps, join_view, render
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.join_steps import Way, at_step
from portal.routes.join_words import REFUSALS, coupon_worth
from portal.rules.calendar import Frequency
from portal.services.membership import enrollment as enrollments
from portal.services.people import patients

blueprint = Blueprint("join_details", __name__, url_prefix="/<clinic_slug>/join/<uuid:enrollment_id>")


@blueprint.get("/details")
@patient_only
@at_step("details")
def page(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Name, phone and billing address as the clinic has them; draw day; coupon."""
    return _details_page(_details_form(way), way)


@blueprint.post("/details")
@patient_only
@at_step("details")
def save(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Keeps the details with the patient, and a coupon that was typed but not applied yet."""
    form = _details_form(way)
    if form.validate() and _is_coupon_taken(form, way):
        typed = {name: form[name].data for name in patients.Details.__dataclass_fields__}
        patients.update_details(db_session(), current_patient(), patients.Details(**typed), clock.now())
        draw_day = form.draw_day.data if "draw_day" in form else None
        enrollments.save_details(db_session(), way.enrollment, draw_day, clock.now())
        db_session().commit()
        return render.done(join_steps.address("agreement", way.enrollment.id))
    return _details_page(form, way, 422)


@blueprint.post("/draw-day")
@patient_only
@at_step("details")
def draw_day(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Notes the draw day and shows what it makes of the price."""
    form = _details_form(way)
    if not _is_draw_day_kept(form, way):
        return _details_page(form, way, 422)
    db_session().commit()
    return _details_page(form, join_steps.way(way.enrollment))


@blueprint.post("/coupon")
@patient_only
@at_step("details")
def apply_coupon(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Puts a coupon onto the enrollment, or says why not; what else was typed stays."""
    form = _details_form(way)
    _is_draw_day_kept(form, way)
    if not form.coupon_code.data:
        form.coupon_code.errors = ["Type the code first."]
    elif form.coupon_code.validate(form) and _is_coupon_taken(form, way):
        form.coupon_code.data = ""
    db_session().commit()
    status = 422 if form.coupon_code.errors else 200
    return _details_page(form, join_steps.way(way.enrollment), status, has_coupon_answer=True)


@blueprint.post("/coupon/remove")
@patient_only
@at_step("details")
def remove_coupon(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Takes the coupon off again; what else was typed stays."""
    form = _details_form(way)
    _is_draw_day_kept(form, way)
    enrollments.remove_coupon(db_session(), way.enrollment)
    db_session().commit()
    return _details_page(form, join_steps.way(way.enrollment), has_coupon_answer=True)


def _details_form(way: Way) -> JoinDetailsForm:
    draw_day = way.enrollment.draw_day or clock.today(current_clinic().time_zone).day
    form = JoinDetailsForm(obj=current_patient(), draw_day=draw_day)
    if way.priced.price.frequency == Frequency.YEAR:
        without_draw_day(form)
    return form


def _is_draw_day_kept(form: JoinDetailsForm, way: Way) -> bool:
    """Notes the draw day as far as it is one. A plan without one has nothing to keep."""
    if "draw_day" not in form:
        return True
    if not form.draw_day.validate(form):
        return False
    enrollments.choose_draw_day(db_session(), way.enrollment, form.draw_day.data)
    return True


def _is_coupon_taken(form: JoinDetailsForm, way: Way) -> bool:
    """Applies the code that was typed, if any; a refusal stands beside the field."""
    code = form.coupon_code.data
    if not code:
        return True
    today = clock.today(current_clinic().time_zone)
    refusal = enrollments.apply_coupon(db_session(), current_patient(), way.enrollment, code, today)
    if refusal:
        form.coupon_code.errors = [REFUSALS[refusal]]
    return refusal is None


def _details_page(form: JoinDetailsForm, way: Way, status: int = 200, has_coupon_answer: bool = False) -> Response:
    coupon = way.priced.coupon
    worth = coupon_worth(coupon, current_clinic().currency) if coupon else None
    refusal = REFUSALS[way.priced.refusal] if way.priced.refusal else None
    given = {
        "worth": worth,
        "refusal": refusal,
        "has_coupon_answer": has_coupon_answer,
        "way": way,
        "quote": way.quote,
        "summary": join_view.summary(way.quote),
    }
    return render.page("join/details.html", status, form=form, **given)
