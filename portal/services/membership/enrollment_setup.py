"""A start at nothing: the card is set up at Stripe and kept, without a charge."""

from __future__ import annotations

import secrets
from uuid import UUID

from sqlalchemy import update

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import StripeUnanswered
from portal.models import Clinic, Enrollment, Patient
from portal.services.billing import cards
from portal.services.billing.on_session import Authenticate, Confirm, Declined, Outcome, Waiting


def start(enrollment_id: UUID) -> Outcome:
    """A setup intent for the browser to confirm, under a key that is committed first. Twice is the same one.

    Raises StripeRefused or StripeUnanswered; a key that only repeats Stripe's own error is then forgotten.
    """
    with db.begin() as session:
        session.execute(
            update(Enrollment)
            .where(Enrollment.id == enrollment_id, Enrollment.setup_key.is_(None))
            .values(setup_key=secrets.token_urlsafe(32))
        )
        enrollment = session.get_one(Enrollment, enrollment_id, populate_existing=True)
        account = session.get_one(Clinic, enrollment.clinic_id).stripe_account
        slug = session.get_one(Clinic, enrollment.clinic_id).slug
        customer_id = session.get_one(Patient, enrollment.patient_id).stripe_customer_id
        key = enrollment.setup_key
    assert customer_id is not None
    assert key is not None
    metadata = {"clinic": slug, "enrollment": str(enrollment_id)}
    try:
        intent = stripe_gateway.prepare_setup(account, key, customer_id, metadata)
    except StripeUnanswered as unanswered:
        if unanswered.is_key_spent:
            _forget(enrollment_id)
        raise
    with db.begin() as session:
        session.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(setup_intent_id=intent.id))
    return Confirm(intent.client_secret, "setup")


def finish(enrollment_id: UUID) -> UUID | Outcome:
    """The id of the card that was set up, kept as a row; or what is missing still."""
    with db.reading() as session:
        enrollment = session.get_one(Enrollment, enrollment_id)
        account = session.get_one(Clinic, enrollment.clinic_id).stripe_account
        clinic_id, patient_id, intent_id = enrollment.clinic_id, enrollment.patient_id, enrollment.setup_intent_id
    if intent_id is None:
        return Waiting()
    intent = stripe_gateway.retrieve_setup(account, intent_id)
    if intent.status == "succeeded" and intent.card and intent.customer_id:
        with db.begin() as session:
            card = cards.keep_for_patient(
                session, clinic_id, patient_id, account, intent.customer_id, intent.card, clock.now()
            )
            return card.id
    if intent.status == "requires_action":
        return Authenticate(intent.client_secret)
    if intent.status == "canceled":
        _forget(enrollment_id)
    return Declined(intent.code, intent.decline_code)


def _forget(enrollment_id: UUID) -> None:
    with db.begin() as session:
        session.execute(
            update(Enrollment).where(Enrollment.id == enrollment_id).values(setup_intent_id=None, setup_key=None)
        )
