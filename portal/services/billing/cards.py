"""Cards on file: kept once Stripe has them, shown to their patient; and the patient's customer at Stripe."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import db
from portal.gateways import stripe_gateway
from portal.gateways.stripe_answers import CardFacts, StripeUnanswered
from portal.models import Card, Clinic, Membership, Patient


def keep(
    session: Session, membership: Membership, account: str, customer_id: str, facts: CardFacts, now: datetime
) -> Card:
    """The card as a row of the membership's patient; the same payment method is one row, freshened."""
    return keep_for_patient(session, membership.clinic_id, membership.patient_id, account, customer_id, facts, now)


def keep_for_patient(
    session: Session,
    clinic_id: UUID,
    patient_id: UUID,
    account: str,
    customer_id: str,
    facts: CardFacts,
    now: datetime,
) -> Card:
    """The card as a row of a patient; the same payment method is one row, freshened."""
    card = session.scalar(
        select(Card).where(
            Card.clinic_id == clinic_id,
            Card.account == account,
            Card.payment_method_id == facts.payment_method_id,
        )
    )
    if card is None:
        card = Card(
            clinic_id=clinic_id,
            patient_id=patient_id,
            account=account,
            customer_id=customer_id,
            payment_method_id=facts.payment_method_id,
            created_at=now,
        )
        session.add(card)
    card.brand, card.last4 = facts.brand, facts.last4
    card.exp_month, card.exp_year = facts.exp_month, facts.exp_year
    card.removed_at = None
    session.flush()
    return card


def is_kept(session: Session, account: str, payment_method_id: str) -> bool:
    """Whether the payment method is known already, from its patient's own visit."""
    query = select(Card.id).where(Card.account == account, Card.payment_method_id == payment_method_id)
    return session.scalar(query) is not None


def of_patient(session: Session, patient: Patient) -> Sequence[Card]:
    """The patient's cards on file, newest first."""
    return session.scalars(
        select(Card)
        .where(Card.clinic_id == patient.clinic_id, Card.patient_id == patient.id, Card.removed_at.is_(None))
        .order_by(Card.id.desc())
    ).all()


def mine_or_none(session: Session, patient: Patient, card_id: UUID) -> Card | None:
    """The patient's own card on file; anybody else's does not exist."""
    return session.scalar(
        select(Card).where(
            Card.clinic_id == patient.clinic_id,
            Card.patient_id == patient.id,
            Card.id == card_id,
            Card.removed_at.is_(None),
        )
    )


def ensure_customer(patient_id: UUID) -> str:
    """The patient's customer at Stripe, made when there is none yet. Twice at once ends in one.

    Raises StripeUnanswered or StripeRefused; a second call then finds the same customer, as the key is the patient's. A
    key that only repeats Stripe's own error is left for a fresh one: a customer nobody uses takes no money.
    """
    with db.reading() as session:
        patient = session.get_one(Patient, patient_id)
        account = session.get_one(Clinic, patient.clinic_id).stripe_account
        if patient.stripe_customer_id:
            return patient.stripe_customer_id
    metadata = {"patient": str(patient_id)}
    try:
        made = stripe_gateway.create_customer(account, f"customer-{patient_id}", metadata)
    except StripeUnanswered as unanswered:
        if not unanswered.is_key_spent:
            raise
        made = stripe_gateway.create_customer(account, secrets.token_urlsafe(32), metadata)
    with db.begin() as session:
        session.execute(
            update(Patient)
            .where(Patient.id == patient_id, Patient.stripe_customer_id.is_(None))
            .values(stripe_customer_id=made)
        )
        return session.scalars(select(Patient.stripe_customer_id).where(Patient.id == patient_id)).one() or made
