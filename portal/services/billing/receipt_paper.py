"""A receipt as PDF: what was paid for, with which card, what is drawn next, and how to cancel."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import letters_env
from portal.gateways.pdf import from_html
from portal.models import Clinic, Membership, Receipt
from portal.rules.states import MembershipStatus
from portal.services.letters import facts


def pdf(session: Session, clinic: Clinic, receipt: Receipt) -> bytes:
    """The clinic's receipt as PDF/UA-1; the same bytes as long as clinic, patient and membership stay as they are.

    Number, date, lines and card never change. Next draw or end are those of the moment at which the copy is made:
    how to cancel stands in every receipt of a running membership, as card networks ask (Mastercard, subscription
    rules of 2022), and the dates of that day would mislead later. Raises NoResultFound for another clinic's receipt.
    """
    invoice = receipt.invoice
    membership = session.scalars(
        select(Membership).where(Membership.clinic_id == clinic.id, Membership.id == invoice.membership_id)
    ).one()
    html, css = letters_env.render_document(
        "receipt",
        clinic,
        receipt=facts.receipt_facts(session, clinic, invoice, receipt),
        period=invoice.period,
        patient_name=facts.patient_of(session, clinic.id, receipt.patient_id).full_name,
        membership=facts.membership_facts(session, clinic, membership),
        ends_on=membership.ends_on,
        ended_on=membership.ended_on,
        is_past_due=membership.status == MembershipStatus.PAST_DUE,
        logo_url=clinic.embedded_logo,
    )
    return from_html(html, css)
