"""The fee of ending before the commitment's last day: asked for once the membership has ended."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.models import Membership, Patient
from portal.models.billing.invoice import InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.services.billing import attempts, invoices
from portal.services.membership import memberships


def ask(session: Session, membership: Membership, today: date, now: datetime) -> None:
    """Asks an ended membership's card for the fee that was shown before cancelling, if one is due. Twice is once.

    Without a card the invoice stays open, for the clinic to see.
    """
    assert membership.ended_on is not None
    is_short = membership.commitment_until is not None and membership.ended_on < membership.commitment_until
    if not is_short or not membership.cancellation_fee_cents:
        return
    invoice = invoices.open_cancellation_fee(session, membership, today, now)
    card = membership.card if membership.card and membership.card.removed_at is None else None
    if invoice.status != InvoiceStatus.OPEN or card is None or attempts.of_invoice_open(session, invoice):
        return
    patient = session.get_one(Patient, membership.patient_id)
    account = memberships.clinic_of(session, membership).stripe_account
    attempts.open_attempt(session, invoice, patient, account, card, AttemptMode.OFF_SESSION, now)
