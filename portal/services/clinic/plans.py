"""Finds the plans that a clinic sells."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from portal.models import Clinic, Plan


def offered(session: Session, clinic: Clinic, today: date) -> list[Plan]:
    """The plans that a patient may choose today, in the clinic's order.

    Open, shown in the portal and with a price in force. Whether the programme itself is open is the caller's
    question. Prices and benefits are loaded with them, in three queries whatever their number.
    """
    choosable = _of(clinic).where(Plan.closed_at.is_(None), Plan.shown_in_portal.is_(True))
    return [plan for plan in session.scalars(choosable) if plan.frequencies(today)]


def by_slug(session: Session, clinic: Clinic, slug: str) -> Plan | None:
    """A plan of this clinic by its slug, closed and hidden ones too; None where there is none."""
    return session.scalars(_of(clinic).where(Plan.slug == slug)).one_or_none()


def _of(clinic: Clinic) -> Select[Plan]:
    return (
        select(Plan)
        .where(Plan.clinic_id == clinic.id)
        .order_by(Plan.position, Plan.name)
        .options(selectinload(Plan.prices), selectinload(Plan.benefits))
    )
