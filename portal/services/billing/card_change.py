"""Changing the card of a membership: a new one set up at Stripe without a charge, or one that is already on file."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock, db
from portal.gateways import stripe_gateway
from portal.models import Card, Clinic, Membership, Patient
from portal.services.billing import cards
from portal.services.billing.on_session import Authenticate, Confirm, Declined, Waiting
from portal.services.letters import membership_letters
from portal.services.membership import memberships


class CardChanged(NamedTuple):
    """The membership is drawn from this card from now on."""

    card_id: UUID


class NotYours(Exception):
    """The setup intent is not of this membership's patient."""


Outcome = CardChanged | Confirm | Authenticate | Declined | Waiting


def prepare(membership_id: UUID, clinic_id: UUID) -> Confirm:
    """A setup intent for the browser to confirm; twice makes a second, unused one.

    Raises StripeRefused, StripeUnanswered.
    """
    with db.reading() as session:
        membership = session.get_one(Membership, membership_id)
        clinic = session.get_one(Clinic, clinic_id)
        patient_id, slug, account = membership.patient_id, clinic.slug, clinic.stripe_account
    customer_id = cards.ensure_customer(patient_id)
    metadata = {"clinic": slug, "membership": str(membership_id)}
    intent = stripe_gateway.prepare_setup(account, secrets.token_urlsafe(32), customer_id, metadata)
    return Confirm(intent.client_secret, "setup")


def finish(membership_id: UUID, clinic_id: UUID, setup_intent_id: str) -> Outcome:
    """Puts the card that was set up onto the membership, by Stripe's own word. Twice is once.

    Raises NotYours for a setup intent of somebody else, StripeMisused for one that does not exist.
    """
    with db.reading() as session:
        membership = session.get_one(Membership, membership_id)
        patient = session.get_one(Patient, membership.patient_id)
        account = session.get_one(Clinic, clinic_id).stripe_account
    intent = stripe_gateway.retrieve_setup(account, setup_intent_id)
    is_ours = intent.customer_id == patient.stripe_customer_id
    if not is_ours or intent.metadata.get("membership") != str(membership_id):
        raise NotYours
    if intent.status == "requires_action":
        return Authenticate(intent.client_secret)
    if intent.status == "processing":
        return Waiting()
    if intent.status != "succeeded" or intent.card is None or intent.customer_id is None:
        return Declined(intent.code, intent.decline_code)
    now = clock.now()
    with db.begin() as session:
        membership = memberships.locked(session, clinic_id, membership_id)
        card = cards.keep(session, membership, account, intent.customer_id, intent.card, now)
        use_saved(session, membership, card, now)
        return CardChanged(card.id)


def use_saved(session: Session, membership: Membership, card: Card, now: datetime) -> None:
    """Draws the membership from a card on file from now on, and says so in a letter. The same card is no change."""
    if membership.card_id == card.id:
        return
    membership.card_id = card.id
    event = memberships.record(session, membership, "card_changed", now, "patient", card=str(card.id))
    membership_letters.card_updated(session, membership, card, str(event.id), now)
