"""The wizard's third step: the agreement is read and signed."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.forms.join import AgreementForm
from portal.routes import join_steps, join_view, render
from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.join_steps import Way, at_step
from portal.services.clinic import agreements
from portal.services.membership import signing
from portal.services.membership.signing import Altered, Unsigned

log = structlog.get_logger()
blueprint = Blueprint("join_agreement", __name__, url_prefix="/<clinic_slug>/join/<uuid:enrollment_id>")


@blueprint.get("/agreement")
@patient_only
@at_step("agreement")
def page(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """The agreement as this patient signs it today."""
    return _agreement_page(AgreementForm(), way)


@blueprint.get("/agreement/text")
@patient_only
@at_step("agreement")
def text(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """The same text alone on a page, to print or keep."""
    paper = signing.paper(db_session(), current_clinic(), current_patient(), way.priced)
    return render.page("join/text.html", paper=paper, text=agreements.html(paper.text), enrollment=way.enrollment)


@blueprint.post("/agreement")
@patient_only
@at_step("agreement")
def sign(clinic_slug: str, way: Way) -> ResponseReturnValue:
    """Keeps the signature with its evidence; a text or price that was not shown is shown first."""
    form = AgreementForm()
    try:
        if not form.validate():
            return _agreement_page(form, way, 422)
        _sign(form, way)
    except Altered:
        log.info("refused", route=request.endpoint, reason="altered agreement")
        return _agreement_page(form, way, 422)
    except Unsigned:
        form.signature.errors = ["Type your full name to sign."]
        return _agreement_page(form, way, 422)
    db_session().commit()
    return render.done(join_steps.address("payment", way.enrollment.id))


def _sign(form: AgreementForm, way: Way) -> None:
    signing.sign(
        db_session(),
        current_clinic(),
        current_patient(),
        way.enrollment,
        way.priced,
        shown_fingerprint=form.shown.data or "",
        shown_sha256=form.text_sha256.data or "",
        has_records_consent=form.records_consent.data,
        has_charge_consent=form.charge_consent.data,
        signature=form.signature.data,
        ip=request.remote_addr or "",
        user_agent=request.user_agent.string,
        now=clock.now(),
    )


def _agreement_page(form: AgreementForm, way: Way, status: int = 200) -> Response:
    """The page; where it shows another text or price than was posted, the consents must be given anew."""
    paper = signing.paper(db_session(), current_clinic(), current_patient(), way.priced)
    is_posted = form.is_submitted()
    is_altered = is_posted and (form.shown.data, form.text_sha256.data) != (way.priced.fingerprint, paper.text_sha256)
    if is_altered:
        form.records_consent.data = form.charge_consent.data = False
    form.shown.data, form.text_sha256.data = way.priced.fingerprint, paper.text_sha256
    given = {"way": way, "quote": way.quote, "summary": join_view.summary(way.quote), "paper": paper}
    changes = join_view.changes_since_signing(way.enrollment, way.priced)
    text = agreements.html(paper.text)
    return render.page(
        "join/agreement.html", status, form=form, text=text, is_altered=is_altered, changes=changes, **given
    )
