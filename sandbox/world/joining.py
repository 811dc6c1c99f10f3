"""Lets a patient of the demo's world become a member: the wizard's steps, and the browser's part at Stripe."""

from __future__ import annotations

import urllib.parse
import urllib.request
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock, db
from portal.config import Config
from portal.models import Clinic, Enrollment, Patient
from portal.rules.calendar import Frequency
from portal.services.billing.on_session import Confirm, Paid
from portal.services.clinic import clinics, plans
from portal.services.membership import enrollment as enrollments
from portal.services.membership import enrollment_payment, quote, signing
from portal.services.membership.enrollment_payment import Wanted
from portal.services.people import passwords, patients
from portal.services.people.patients import Details
from sandbox.world.people import PASSWORD, Person

LEASE = timedelta(seconds=90)


class WorldBroke(Exception):
    """A step of the world's story did not end as it should; the message says which."""


def add_patient(person: Person) -> None:
    """The person as a patient of their clinic, with the demo's password and all details."""
    hashed = passwords.hashed(PASSWORD)
    with db.begin() as session:
        clinic = _clinic(session, person)
        patient = patients.create(
            session,
            clinic,
            person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            phone=person.phone,
            password_hash=hashed,
            now=clock.now(),
        )
        street, city, region, postal_code = person.address
        details = Details(
            person.first_name, person.last_name, person.phone, street, "", city, region, postal_code, "US"
        )
        patients.update_details(session, patient, details, clock.now())


def become_member(config: Config, person: Person, plan_slug: str, draw_day: int, card: str) -> None:
    """The whole wizard, monthly, with one of Stripe's test cards ("pm_card_visa"). Raises WorldBroke."""
    enrollment_id, fingerprint = _up_to_the_signature(person, plan_slug, draw_day)
    outcome = enrollment_payment.prepare(Wanted(enrollment_id, fingerprint, None), LEASE)
    if not isinstance(outcome, Confirm):
        raise WorldBroke(f"{person.first_name}'s payment was not prepared: {outcome}")
    _confirm_as_the_browser_does(config, outcome.client_secret, card)
    outcome = enrollment_payment.finish(enrollment_id)
    if not isinstance(outcome, Paid):
        raise WorldBroke(f"{person.first_name}'s first payment ended with {outcome}")


def _up_to_the_signature(person: Person, plan_slug: str, draw_day: int) -> tuple[UUID, str]:
    with db.begin() as session:
        clinic = _clinic(session, person)
        patient = patients.by_email(session, clinic, person.email)
        plan = plans.by_slug(session, clinic, plan_slug)
        if patient is None or plan is None:
            raise WorldBroke(f"{person.email} or the plan {plan_slug} is missing at {person.clinic}")
        now, today = clock.now(), clock.today(clinic.time_zone)
        enrollment = enrollments.begin(session, clinic, patient, None, now)
        enrollments.choose_plan(session, clinic, patient, enrollment, plan, Frequency.MONTH, today)
        enrollments.save_details(session, enrollment, draw_day, now)
        current = quote.of_enrollment(session, clinic, patient, enrollment, today)
        _sign(session, clinic, patient, enrollment, current)
        return enrollment.id, current.fingerprint


def _sign(session: Session, clinic: Clinic, patient: Patient, enrollment: Enrollment, current: quote.Quote) -> None:
    shown = signing.paper(session, clinic, patient, current)
    signing.sign(
        session,
        clinic,
        patient,
        enrollment,
        current,
        shown_fingerprint=current.fingerprint,
        shown_sha256=shown.text_sha256,
        has_records_consent=True,
        has_charge_consent=True,
        signature=patient.full_name,
        ip="127.0.0.1",
        user_agent="the demo's world",
        now=clock.now(),
    )


def _confirm_as_the_browser_does(config: Config, client_secret: str, card: str) -> None:
    intent_id = client_secret.partition("_secret_")[0]
    request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
        f"{config.stripe_api_base}/v1/payment_intents/{intent_id}/confirm",
        data=urllib.parse.urlencode({"payment_method": card}).encode(),
        headers={"Authorization": f"Bearer {config.stripe_secret_key}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        answer.read()


def _clinic(session: Session, person: Person) -> Clinic:
    clinic = clinics.by_slug(session, person.clinic)
    if clinic is None:
        raise WorldBroke(f"the clinic {person.clinic} is missing")
    return clinic
