"""The wizard's beginning: an enrollment is begun or taken up again, and its plan is chosen."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.join import PlanForm
from portal.models import Enrollment, Plan
from portal.routes import join_steps, join_view, render
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.join_steps import Way, at_step
from portal.routes.join_words import REFUSALS
from portal.rules.calendar import Frequency
from portal.services.clinic import plans
from portal.services.membership import enrollment as enrollments
from portal.services.membership.enrollment import AlreadyMember, PlanNotSold

blueprint = Blueprint("join", __name__, url_prefix="/<clinic_slug>/join")
NOT_OFFERED = "This plan is not offered like that. Please choose again."
blueprint.add_app_template_global(join_steps.links, "join_links")


@blueprint.get("")
@patient_only
def start(clinic_slug: str) -> ResponseReturnValue:
    """The plan's page; a patient who has begun goes on where they were."""
    if join_steps.is_programme_closed():
        return render.page("join/closed.html")
    known = join_steps.open_enrollment()
    if known is None:
        return _plan_page(PlanForm(request.args), None)
    found = join_steps.way(known)
    wanted, code = request.args.get("plan"), request.args.get("coupon")
    is_new = wanted and (known.plan is None or wanted != known.plan.slug)
    if is_new or (code and known.coupon is None):
        return redirect(join_steps.address("plan", known.id, plan=wanted, coupon=code))
    return redirect(join_steps.address(found.reached, known.id))


@blueprint.post("")
@patient_only
def begin(clinic_slug: str) -> ResponseReturnValue:
    """Begins an enrollment, or takes up the open one, with the plan that was chosen."""
    form = PlanForm()
    try:
        enrollment = enrollments.begin(
            db_session(), current_clinic(), current_patient(), request.args.get("source", "")[:200] or None, clock.now()
        )
    except enrollments.NotOpen:
        return render.page("join/closed.html", 403)
    return _save_plan(form, enrollment)


@blueprint.get("/<uuid:enrollment_id>/plan")
@patient_only
@at_step("plan")
def plan(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """The plans as cards, with the one chosen before or named by the address."""
    chosen = way.enrollment.plan
    frequency = way.enrollment.plan_price.frequency if way.enrollment.plan_price else Frequency.MONTH
    given = {"plan": chosen.slug if chosen else None, "frequency": frequency.value}
    return _plan_page(PlanForm(request.args, data=given), way)


@blueprint.post("/<uuid:enrollment_id>/plan")
@patient_only
@at_step("plan")
def choose_plan(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Notes the plan with its price of today."""
    return _save_plan(PlanForm(), way.enrollment)


def _plan_page(form: PlanForm, way: Way | None, status: int = 200) -> Response:
    clinic, enrollment = current_clinic(), way.enrollment if way else None
    today = clock.today(clinic.time_zone)
    offers = join_view.offers(clinic, today)
    chosen = next((offer for offer in offers if offer.plan.slug == form.plan.data), None)
    code = form.coupon.data or (enrollment.coupon.code if enrollment and enrollment.coupon else None)
    frequency = _frequency(form, chosen.plan) if chosen else Frequency.MONTH
    form.frequency.data = frequency.value
    current = join_view.choice(
        chosen.plan if chosen else None, frequency, enrollment.draw_day if enrollment else None, code, today
    )
    refusal = REFUSALS[current.refusal] if current and current.refusal else None
    given = {"refusal": refusal, "offers": offers, "chosen": chosen, "quote": current, "way": way, "code": code}
    return render.page("join/plan.html", status, form=form, summary=join_view.summary(current), **given)


def _save_plan(form: PlanForm, enrollment: Enrollment) -> ResponseReturnValue:
    """The enrollment with its plan, committed; or the page again with what was wrong, and nothing begun."""
    clinic, patient, today = current_clinic(), current_patient(), clock.today(current_clinic().time_zone)
    wanted = plans.by_slug(db_session(), clinic, form.plan.data or "")
    if not form.validate() or wanted is None:
        form.plan.errors = form.plan.errors or [NOT_OFFERED]
        return _plan_page(form, _way_or_none(enrollment), 422)
    frequency = _frequency(form, wanted)
    try:
        enrollments.choose_plan(db_session(), clinic, patient, enrollment, wanted, frequency, today)
    except PlanNotSold:
        form.plan.errors = [NOT_OFFERED]
        return _plan_page(form, _way_or_none(enrollment), 422)
    except AlreadyMember:
        form.plan.errors = [f"You are already a member of {wanted.name}. Choose another plan, or see Memberships."]
        return _plan_page(form, _way_or_none(enrollment), 422)
    _apply_wanted_coupon(form, enrollment)
    db_session().commit()
    return render.done(join_steps.address("details", enrollment.id))


def _way_or_none(enrollment: Enrollment) -> Way | None:
    # An enrollment that was begun by this very request is not kept when its plan was refused.
    return join_steps.way(enrollment) if "enrollment_id" in (request.view_args or {}) else None


def _frequency(form: PlanForm, wanted: Plan) -> Frequency:
    """How often the plan is drawn: as chosen; a plan that is sold in one way only is sold in that way."""
    sold = wanted.frequencies(clock.today(current_clinic().time_zone))
    if len(sold) == 1:
        return sold[0]
    is_known = form.frequency.data in {each.value for each in Frequency}
    return Frequency(form.frequency.data) if is_known else Frequency.MONTH


def _apply_wanted_coupon(form: PlanForm, enrollment: Enrollment) -> None:
    if not form.coupon.data:
        return
    today = clock.today(current_clinic().time_zone)
    refusal = enrollments.apply_coupon(db_session(), current_patient(), enrollment, form.coupon.data, today)
    if refusal:
        flash(f"Coupon {form.coupon.data[:40]} was not applied. {REFUSALS[refusal]}", "warning")
