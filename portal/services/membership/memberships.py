"""A patient's memberships: found as "mine or none", locked for change, and the one door of their status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.models import Clinic, Membership, MembershipEvent, Patient
from portal.models.membership.membership import EndReason
from portal.rules.calendar import local_date
from portal.rules.states import MembershipStatus, is_membership_move


class ForbiddenMove(Exception):
    """A status was to change in a way that the table of moves does not know."""


def mine_or_none(session: Session, patient: Patient, membership_id: UUID) -> Membership | None:
    """The patient's own membership, ever begun; anybody else's does not exist."""
    return session.scalar(
        select(Membership)
        .options(joinedload(Membership.card), joinedload(Membership.plan))
        .where(
            Membership.clinic_id == patient.clinic_id,
            Membership.patient_id == patient.id,
            Membership.id == membership_id,
            Membership.started_on.is_not(None),
        )
    )


def of_patient(session: Session, patient: Patient) -> Sequence[Membership]:
    """Every membership that was ever begun, running ones first, newest first."""
    found = session.scalars(
        select(Membership)
        .options(joinedload(Membership.card), joinedload(Membership.plan))
        .where(
            Membership.clinic_id == patient.clinic_id,
            Membership.patient_id == patient.id,
            Membership.started_on.is_not(None),
        )
        .order_by(Membership.id.desc())
    ).all()
    return sorted(found, key=lambda membership: membership.status == MembershipStatus.ENDED)


def locked(session: Session, clinic_id: UUID, membership_id: UUID) -> Membership:
    """The membership as it is now, held against other writers until the transaction ends.

    PostgreSQL locks the row; on SQLite every writing transaction holds the whole database already (BEGIN IMMEDIATE).
    """
    return session.scalars(
        select(Membership)
        .where(Membership.clinic_id == clinic_id, Membership.id == membership_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def clinic_of(session: Session, membership: Membership) -> Clinic:
    """The membership's clinic."""
    return session.get_one(Clinic, membership.clinic_id)


def record(
    session: Session,
    membership: Membership,
    kind: str,
    now: datetime,
    actor: str,
    from_status: MembershipStatus | None = None,
    **facts: Any,
) -> MembershipEvent:
    """Adds a line to the history; facts are ids, dates and cents as text or numbers, never names."""
    event = MembershipEvent(
        clinic_id=membership.clinic_id,
        membership_id=membership.id,
        kind=kind,
        from_status=from_status,
        to_status=membership.status,
        at=now,
        on=local_date(now, clinic_of(session, membership).time_zone),
        actor=actor,
        facts=facts,
    )
    session.add(event)
    session.flush()
    return event


def move(
    session: Session,
    membership: Membership,
    to: MembershipStatus,
    kind: str,
    now: datetime,
    actor: str,
    **facts: Any,
) -> MembershipEvent:
    """The one door of the status: moves it and writes its history. Raises ForbiddenMove."""
    before = membership.status
    if not is_membership_move(before, to):
        raise ForbiddenMove(f"{before} -> {to}")
    membership.status = to
    return record(session, membership, kind, now, actor, from_status=before, **facts)


def end(session: Session, membership: Membership, on: date, reason: EndReason, now: datetime, actor: str) -> None:
    """Ends it on a day, for good; no draw follows."""
    membership.ended_on = on
    membership.end_reason = reason
    membership.next_draw_on = None
    move(session, membership, MembershipStatus.ENDED, "ended", now, actor, reason=reason.value)


def history(session: Session, membership: Membership) -> Sequence[MembershipEvent]:
    """Every event of a membership, newest first."""
    return session.scalars(
        select(MembershipEvent)
        .where(MembershipEvent.clinic_id == membership.clinic_id, MembershipEvent.membership_id == membership.id)
        .order_by(MembershipEvent.id.desc())
    ).all()
