"""What goes with a letter: rendered when it leaves, from rows that never change."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.gateways.mailer import Attachment
from portal.models import Clinic, OutboxEmail, SignedAgreement
from portal.models.letters.outbox import AttachmentKind
from portal.services.membership import documents


def of_letter(session: Session, letter: OutboxEmail) -> tuple[Attachment, ...]:
    """The letter's attachments. Raises NoResultFound when what it should carry is not there."""
    match letter.attachment_kind:
        case None:
            return ()
        case AttachmentKind.SIGNED_AGREEMENT:
            signed = session.scalars(
                select(SignedAgreement).where(
                    SignedAgreement.clinic_id == letter.clinic_id, SignedAgreement.id == letter.attachment_id
                )
            ).one()
            clinic = session.get_one(Clinic, letter.clinic_id)
            return (Attachment("membership-agreement.pdf", "application/pdf", documents.pdf(signed, clinic)),)
