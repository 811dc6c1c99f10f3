"""The agreement of an enrollment: shown merged with the patient's facts, signed, and kept as evidence."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.letters_env import cents, day
from portal.models import AgreementVersion, Clinic, Enrollment, Patient, SignedAgreement
from portal.models.clinic.agreement import Agreement
from portal.rules.calendar import Frequency
from portal.services.clinic import agreements
from portal.services.membership import enrollment as enrollments
from portal.services.membership.quote import Quote

RECORDS_CONSENT = (
    "I agree to receive this agreement, receipts and notices electronically, by e-mail and in this portal. "
    "I can download or print them at any time."
)


class Paper(NamedTuple):
    """What the patient reads before signing; `text_sha256` comes back with the form."""

    version: AgreementVersion
    title: str
    text: str
    text_sha256: str
    records_consent: str
    charge_consent: str


class Altered(Exception):
    """The text or the price is not the one that was shown: it must be read again."""


class Unsigned(Exception):
    """A consent or the signature is missing."""


def paper(session: Session, clinic: Clinic, patient: Patient, quote: Quote) -> Paper:
    """The agreement as this patient signs it today."""
    version = agreements.newest(session, quote.plan)
    text = agreements.merged(version, merge_fields(clinic, patient, quote))
    title = session.get_one(Agreement, version.agreement_id).name
    return Paper(version, title, text, agreements.text_sha256(text), RECORDS_CONSENT, charge_consent(quote))


def charge_consent(quote: Quote) -> str:
    """The sentence beside the second box: what will be charged, how often, until when."""
    fee = cents(quote.terms.fee_cents, quote.terms.currency)
    return f"I agree to be charged {fee} {every(quote)} until I cancel."


def every(quote: Quote) -> str:
    """How often, in words."""
    return "every year" if quote.price.frequency == Frequency.YEAR else "every month"


def sign(
    session: Session,
    clinic: Clinic,
    patient: Patient,
    enrollment: Enrollment,
    quote: Quote,
    *,
    shown_fingerprint: str,
    shown_sha256: str,
    has_records_consent: bool,
    has_charge_consent: bool,
    signature: str,
    ip: str,
    user_agent: str,
    now: datetime,
) -> SignedAgreement:
    """Keeps the evidence of one signature. The same signature twice is one row.

    Raises Altered when text or price are not what was shown, Unsigned when a consent or the signature is missing,
    NotOpen when the enrollment is over.
    Evidence as E-SIGN (15 U.S.C. 7001) and UETA ask: intent, consent to the electronic form, attribution, association.
    """
    enrollments.require_open(enrollment)
    shown = paper(session, clinic, patient, quote)
    if shown_fingerprint != quote.fingerprint or shown_sha256 != shown.text_sha256:
        raise Altered
    signature = " ".join(signature.split())
    if not (has_records_consent and has_charge_consent and signature):
        raise Unsigned
    known = valid_signature(session, enrollment, quote)
    if known is not None and known.signature_text == signature and known.text_sha256 == shown.text_sha256:
        return known
    signed = _evidence(shown, patient, enrollment, quote, signature)
    signed.signed_at, signed.ip, signed.user_agent = now, ip[:45], user_agent[:300]
    session.add(signed)
    session.flush()
    return signed


def _evidence(shown: Paper, patient: Patient, enrollment: Enrollment, quote: Quote, signature: str) -> SignedAgreement:
    return SignedAgreement(
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        enrollment_id=enrollment.id,
        agreement_version_id=shown.version.id,
        title=shown.title,
        version_number=shown.version.number,
        text=shown.text,
        text_sha256=shown.text_sha256,
        disclosure=quote.disclosure,
        records_consent=shown.records_consent,
        charge_consent=shown.charge_consent,
        signature_text=signature,
        signer_name=patient.full_name,
    )


def valid_signature(session: Session, enrollment: Enrollment, quote: Quote) -> SignedAgreement | None:
    """The newest signature under exactly what the quote discloses; a changed price needs a new one."""
    newest = session.scalar(
        select(SignedAgreement)
        .where(SignedAgreement.clinic_id == enrollment.clinic_id, SignedAgreement.enrollment_id == enrollment.id)
        .order_by(SignedAgreement.id.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.disclosure == quote.disclosure else None


def merge_fields(clinic: Clinic, patient: Patient, quote: Quote) -> dict[str, str]:
    """The values of the agreement's merge fields."""
    currency, plan = quote.terms.currency, quote.plan
    next_draw = quote.coming[0]
    months = plan.commitment_months
    return {
        "patient_name": patient.full_name,
        "clinic_name": clinic.name,
        "plan_name": plan.name,
        "fee": cents(quote.terms.fee_cents, currency),
        "frequency": every(quote),
        "setup_fee": cents(plan.setup_fee_cents, currency) if plan.setup_fee_cents else "none",
        "draw_day": draw_day_in_words(quote),
        "first_charge": cents(quote.charge.total_cents, currency),
        "next_draw": f"{day(next_draw.on)} ({cents(next_draw.total_cents, currency)})",
        "commitment": f"{months} months" if months else "none",
        "cancellation_fee": cents(plan.cancellation_fee_cents, currency) if months else "none",
        "date": day(quote.starts_on),
    }


def draw_day_in_words(quote: Quote) -> str:
    """When the fee is drawn, as agreement and page say it."""
    if quote.price.frequency == Frequency.YEAR:
        return f"once a year, on {day(quote.next_draw_on)} and the same day of each year after"
    number = quote.terms.schedule.draw_day
    late = ", or the month's last day where it is shorter" if number > 28 else ""
    return f"day {number} of each month{late}"
