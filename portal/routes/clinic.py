"""The clinic's public face: its first page, its colours, its logo."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, abort, make_response, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.models import Clinic, Plan
from portal.routes.access import anyone, current_clinic, db_session
from portal.routes.render import page
from portal.rules import colours
from portal.rules.calendar import Frequency
from portal.services.clinic import plans

blueprint = Blueprint("clinic", __name__, url_prefix="/<clinic_slug>")

# An SVG opened by its own address is a document: it may then load nothing and run nothing.
LOGO_POLICY = "default-src 'none'; sandbox"
A_DAY = 24 * 3600


class Offer(NamedTuple):
    """A plan with what it costs today; prices as (cents, "month" or "year"), monthly first."""

    plan: Plan
    prices: list[tuple[int, Frequency]]


@blueprint.get("/")
@anyone
def public(clinic_slug: str) -> ResponseReturnValue:
    """Programme, plans, "Become a member" and "Sign in"."""
    clinic = current_clinic()
    programme = clinic.programme
    offers = _offers(clinic)
    can_join = programme.is_open and programme.patients_may_enroll and bool(offers)
    return page("clinic/page.html", programme=programme, offers=offers, can_join=can_join)


@blueprint.get("/theme.css")
@anyone
def theme(clinic_slug: str) -> ResponseReturnValue:
    """The clinic's colour as custom properties, light and dark, and its logo, which so costs no request of its own."""
    clinic = current_clinic()
    logo_rule = f'.logo {{ background-image: url("{clinic.embedded_logo}"); }}\n' if clinic.logo_type else ""
    answer = make_response(colours.theme_css(clinic.colour) + logo_rule)
    answer.mimetype = "text/css"
    return _cached(answer)


@blueprint.get("/logo")
@anyone
def logo(clinic_slug: str) -> ResponseReturnValue:
    """The clinic's logo; 404 where it has none."""
    clinic = current_clinic()
    if clinic.logo is None or clinic.logo_type is None:
        abort(404)
    answer = make_response(clinic.logo)
    answer.mimetype = clinic.logo_type
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = LOGO_POLICY
    return _cached(answer)


def _offers(clinic: Clinic) -> list[Offer]:
    today = clock.today(clinic.time_zone)
    return [
        Offer(plan, [(price.fee_cents, each) for each in Frequency if (price := plan.price(each, today))])
        for plan in plans.offered(db_session(), clinic, today)
    ]


def _cached(answer: Response) -> ResponseReturnValue:
    answer.cache_control.public = True
    answer.cache_control.max_age = A_DAY
    answer.add_etag()
    return answer.make_conditional(request)
