"""Where a patient stands in the wizard, and the guard that keeps every step behind the ones before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import clock
from portal.models import Enrollment
from portal.models.membership.enrollment import EnrollmentStatus
from portal.routes import render
from portal.routes.access import current_clinic, current_patient, db_session
from portal.services.membership import enrollment as enrollments
from portal.services.membership import quote, signing
from portal.services.membership.quote import NoLongerSold, Quote

log = structlog.get_logger()
STEPS = ("plan", "details", "agreement", "payment")
ENDPOINTS = {"plan": "join.plan", "done": "join_payment.done"} | {step: f"join_{step}.page" for step in STEPS[1:]}
NAMES = ("Plan", "Details", "Agreement", "Payment", "Done")


class Way(NamedTuple):
    """An open enrollment, its price today (None while it has no plan that is sold), and the first unfinished step."""

    enrollment: Enrollment
    quote: Quote | None
    reached: str

    @property
    def priced(self) -> Quote:
        """The price, for every step behind the plan."""
        if self.quote is None:
            raise RuntimeError("this step is not kept behind the plan")
        return self.quote

    def has(self, step: str) -> bool:
        """Whether the step may be opened: everything before it is finished."""
        return STEPS.index(step) <= STEPS.index(self.reached)


Route = Callable[..., ResponseReturnValue]


def at_step(step: str) -> Callable[[Route], Route]:
    """Gives the route its `Way`, or leads to the first unfinished step; another patient's enrollment is a 404."""

    def kept(route: Route) -> Route:
        @wraps(route)
        def guarded(clinic_slug: str, enrollment_id: UUID, **kwargs: Any) -> ResponseReturnValue:
            enrollment = mine_or_404(enrollment_id)
            leads_to = elsewhere(enrollment)
            if leads_to is not None:
                return leads_to
            found = way(enrollment)
            if not found.has(step):
                log.info("refused", route=request.endpoint, reason=f"{found.reached} is not finished")
                return render.done(address(found.reached, enrollment.id))
            return route(clinic_slug, found, **kwargs)

        return guarded

    return kept


def mine_or_404(enrollment_id: UUID) -> Enrollment:
    """The signed-in patient's own enrollment."""
    enrollment = enrollments.mine_or_none(db_session(), current_patient(), enrollment_id)
    if enrollment is None:
        log.info("refused", route=request.endpoint, reason="no enrollment of this patient")
        abort(404)
    return enrollment


def as_it_is_now(enrollment_id: UUID) -> Enrollment:
    """The same after a verb that changed rows in transactions of its own."""
    enrollment = mine_or_404(enrollment_id)
    db_session().refresh(enrollment)
    if enrollment.coupon is not None:
        db_session().refresh(enrollment.coupon)
    return enrollment


def way(enrollment: Enrollment) -> Way:
    """Where an open enrollment stands today."""
    clinic, patient, session = current_clinic(), current_patient(), db_session()
    try:
        current = quote.of_enrollment(session, clinic, patient, enrollment, clock.today(clinic.time_zone))
    except NoLongerSold:
        return Way(enrollment, None, "plan")
    if enrollment.details_at is None:
        return Way(enrollment, current, "details")
    is_signed = signing.valid_signature(session, enrollment, current) is not None
    return Way(enrollment, current, "payment" if is_signed else "agreement")


def open_enrollment() -> Enrollment | None:
    """The patient's enrollment that is still open today."""
    patient = current_patient()
    found = db_session().scalar(
        select(Enrollment).where(
            Enrollment.clinic_id == patient.clinic_id,
            Enrollment.patient_id == patient.id,
            Enrollment.status == EnrollmentStatus.OPEN,
        )
    )
    return None if found is None or has_lapsed(found) else found


def has_lapsed(enrollment: Enrollment) -> bool:
    """Left for too long, whether or not the job has noted it yet."""
    return enrollment.status == EnrollmentStatus.LAPSED or enrollment.lapses_at <= clock.now()


def is_programme_closed() -> bool:
    """Whether patients may not join by themselves now."""
    programme = current_clinic().programme
    return not (programme.is_open and programme.patients_may_enroll)


def address(step: str, enrollment_id: UUID, **query: Any) -> str:
    """The address of a step."""
    slug = current_clinic().slug
    return url_for(ENDPOINTS[step], clinic_slug=slug, enrollment_id=enrollment_id, **query)


def links(found: Way | None) -> list[tuple[str, str | None]]:
    """The stepper's steps, those that may be opened with their addresses."""
    if found is None:
        return [(name, None) for name in NAMES]
    reachable = {step: address(step, found.enrollment.id) for step in STEPS if found.has(step)}
    return [(name, reachable.get(name.lower())) for name in NAMES]


def elsewhere(enrollment: Enrollment) -> ResponseReturnValue | None:
    """Where an enrollment leads that is not open any more: finished, lapsed, or the programme closed; else None."""
    if enrollment.status == EnrollmentStatus.FINISHED:
        return render.done(address("done", enrollment.id))
    if is_programme_closed():
        return render.page("join/closed.html", 403 if request.method == "POST" else 200)
    if not has_lapsed(enrollment):
        return None
    if render.wants_part():
        return render.done(address("plan", enrollment.id))
    return render.page("join/lapsed.html", 410)
