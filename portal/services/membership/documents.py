"""A patient's documents: the agreements they signed, as rows and as PDF with all of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import letters_env
from portal.gateways.pdf import from_html
from portal.models import Clinic, Patient, SignedAgreement
from portal.services.clinic import agreements


def of_patient(session: Session, patient: Patient) -> Sequence[SignedAgreement]:
    """Every agreement that the patient signed, newest first."""
    return session.scalars(
        select(SignedAgreement)
        .where(SignedAgreement.clinic_id == patient.clinic_id, SignedAgreement.patient_id == patient.id)
        .order_by(SignedAgreement.id.desc())
    ).all()


def mine_or_none(session: Session, patient: Patient, signed_agreement_id: UUID) -> SignedAgreement | None:
    """The patient's own signed agreement; anybody else's does not exist."""
    return session.scalar(
        select(SignedAgreement).where(
            SignedAgreement.clinic_id == patient.clinic_id,
            SignedAgreement.patient_id == patient.id,
            SignedAgreement.id == signed_agreement_id,
        )
    )


def is_intact(signed: SignedAgreement) -> bool:
    """True when the kept text is the one that was signed: its hash, computed anew, is the one kept."""
    return agreements.text_sha256(signed.text) == signed.text_sha256


def pdf(signed_agreement: SignedAgreement, clinic: Clinic) -> bytes:
    """The agreement as PDF: text, signature, what was disclosed and agreed, evidence; the same bytes."""
    html, css = letters_env.render_document(
        "signed_agreement",
        clinic,
        signed=signed_agreement,
        text=agreements.html(signed_agreement.text),
        is_intact=is_intact(signed_agreement),
        logo_url=clinic.embedded_logo,
    )
    return from_html(html, css)
