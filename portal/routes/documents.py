"""A patient's documents: the agreements they signed, to read and to keep as PDF."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, make_response
from flask.typing import ResponseReturnValue

from portal.routes.access import current_clinic, current_patient, db_session, patient_only
from portal.routes.render import page
from portal.services.clinic import agreements
from portal.services.membership import documents

blueprint = Blueprint("documents", __name__, url_prefix="/<clinic_slug>/documents")


@blueprint.get("")
@patient_only
def index(clinic_slug: str) -> ResponseReturnValue:
    """Every agreement that the patient signed, newest first."""
    return page("documents/page.html", signed_agreements=documents.of_patient(db_session(), current_patient()))


@blueprint.get("/<uuid:document_id>")
@patient_only
def show(clinic_slug: str, document_id: UUID) -> ResponseReturnValue:
    """A signed agreement as it was signed, with the signature and what was agreed to."""
    signed = documents.mine_or_none(db_session(), current_patient(), document_id) or abort(404)
    return page("documents/details.html", signed=signed, text=agreements.html(signed.text))


@blueprint.get("/<uuid:document_id>.pdf")
@patient_only
def pdf(clinic_slug: str, document_id: UUID) -> ResponseReturnValue:
    """The same as PDF, with all of the evidence; the same bytes every time."""
    signed = documents.mine_or_none(db_session(), current_patient(), document_id) or abort(404)
    answer = make_response(documents.pdf(signed, current_clinic()))
    answer.mimetype = "application/pdf"
    name = f"agreement-{signed.signed_at:%Y-%m-%d}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
