"""Finds clinics: the tenant that an address names, and all of them for the jobs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Clinic


def by_slug(session: Session, slug: str) -> Clinic | None:
    """The clinic that the first segment of an address names, with its programme; None where there is none."""
    return session.scalars(select(Clinic).where(Clinic.slug == slug)).one_or_none()


def all(session: Session) -> list[Clinic]:  # noqa: A001 - read as clinics.all(session)
    """Every clinic of this installation, with its programme, by slug."""
    return list(session.scalars(select(Clinic).order_by(Clinic.slug)))
