"""Says on which day a card is asked next: a draw, or a dunning attempt."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Invoice, Membership
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.states import MembershipStatus


def next_due_on(
    session: Session, after: date, clinic_id: UUID | None = None, patient_id: UUID | None = None
) -> date | None:
    """The earliest such day after `after`, of a clinic or a patient where one is named; None without any."""
    draws = select(Membership.next_draw_on).where(
        Membership.status == MembershipStatus.ACTIVE, Membership.next_draw_on > after
    )
    attempts = select(Invoice.next_attempt_on).where(
        Invoice.status == InvoiceStatus.OPEN, Invoice.next_attempt_on > after
    )
    if clinic_id:
        draws = draws.where(Membership.clinic_id == clinic_id)
        attempts = attempts.where(Invoice.clinic_id == clinic_id)
    if patient_id:
        draws = draws.where(Membership.patient_id == patient_id)
        attempts = attempts.where(Invoice.patient_id == patient_id)
    found = [on for question in (draws, attempts) for on in session.scalars(question) if on]
    return min(found, default=None)
