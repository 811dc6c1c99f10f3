"""Letters about a draw: its receipt, and what happens next when it was declined. Each is queued once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Clinic, Invoice, Membership, PaymentAttempt, Receipt
from portal.rules import dunning
from portal.rules.dunning import Verdict
from portal.services.letters import facts, outbox


def renewed(session: Session, membership: Membership, invoice: Invoice, receipt: Receipt, now: datetime) -> None:
    """Queues the receipt of a draw, with how to cancel; once an invoice.

    How to cancel stands in every receipt: card networks ask for it (Mastercard, subscription rules of 2022).
    """
    _queue_receipt(session, "renewed", membership, invoice, receipt, now, ends_on=membership.ends_on)


def cancellation_fee(
    session: Session, membership: Membership, invoice: Invoice, receipt: Receipt, now: datetime
) -> None:
    """Queues the receipt of the fee for ending within the commitment; once an invoice."""
    until = membership.commitment_until
    _queue_receipt(session, "cancellation_fee", membership, invoice, receipt, now, commitment_until=until)


def declined(
    session: Session,
    membership: Membership,
    invoice: Invoice,
    attempt: PaymentAttempt,
    verdict: Verdict,
    next_attempt_on: date | None,
    now: datetime,
) -> None:
    """Queues what a declined draw means and how to mend it; once an attempt.

    `next_attempt_on` is when the card is asked again, or, after CONFIRM, until when the patient may confirm.
    """
    clinic = facts.clinic_of(session, membership.clinic_id)
    card = facts.card_name(attempt.card_brand, attempt.card_last4)
    if card is None and membership.card is not None:
        card = facts.card_name(membership.card.brand, membership.card.last4)
    outbox.queue(
        session,
        clinic,
        facts.patient_of(session, membership.clinic_id, membership.patient_id),
        "declined",
        str(attempt.id),
        now,
        membership=facts.membership_facts(session, clinic, membership),
        cents=attempt.cents,
        card=card,
        verdict=verdict.value,
        next_attempt_on=next_attempt_on,
        gives_up_on=_gives_up_on(clinic, invoice),
        ends_membership=clinic.programme.dunning_ends_membership,
        is_blocked=clinic.programme.while_past_due == "blocked",
    )


def _queue_receipt(
    session: Session,
    kind: str,
    membership: Membership,
    invoice: Invoice,
    receipt: Receipt,
    now: datetime,
    **told: Any,
) -> None:
    clinic = facts.clinic_of(session, membership.clinic_id)
    outbox.queue(
        session,
        clinic,
        facts.patient_of(session, membership.clinic_id, membership.patient_id),
        kind,
        str(invoice.id),
        now,
        membership=facts.membership_facts(session, clinic, membership),
        receipt=facts.receipt_facts(session, clinic, invoice, receipt),
        **told,
    )


def _gives_up_on(clinic: Clinic, invoice: Invoice) -> date | None:
    if invoice.gives_up_on is not None or invoice.first_declined_on is None:
        return invoice.gives_up_on
    return dunning.gives_up_on(clinic.programme.dunning_policy, invoice.first_declined_on)
