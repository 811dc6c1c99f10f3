"""The books beside Stripe's own ledger of effects: the same payments, the same cents, none missing, none twice."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import select

from portal import db
from portal.models import BillingPeriod, Invoice, LedgerEntry, PaymentAttempt
from portal.services import self_check
from tests.world import World


def assert_books_are_right(world: World) -> None:
    """No invariant is broken, no invoice was charged twice, and every charge at Stripe is in the ledger to the cent."""
    with db.reading() as session:
        assert self_check.violations(session) == []
        rows = session.execute(select(LedgerEntry.attempt_id, LedgerEntry.cents))
        ours = Counter((str(row.attempt_id), row.cents) for row in rows)
    charges = world.charges()
    theirs = Counter((charge["metadata"]["attempt"], charge["amount"]) for charge in charges)
    assert ours == theirs
    invoices = Counter(charge["metadata"]["invoice"] for charge in charges)
    assert all(count == 1 for count in invoices.values()), invoices


def amounts(world: World) -> list[int]:
    """The cents of every charge at Stripe, oldest first."""
    return [charge["amount"] for charge in world.charges()]


def drawn_for(world: World) -> list[str]:
    """The first day of the period of every charge, oldest first."""
    return [charge["metadata"]["period"] for charge in world.charges()]


def attempts(membership_id: UUID) -> list[PaymentAttempt]:
    """Every asking for a membership, oldest first."""
    with db.reading() as session:
        query = select(PaymentAttempt).where(PaymentAttempt.membership_id == membership_id)
        found = session.scalars(query.order_by(PaymentAttempt.id)).all()
        session.expunge_all()
        return list(found)


def invoices(membership_id: UUID) -> list[Invoice]:
    """Every invoice of a membership, oldest first."""
    with db.reading() as session:
        query = select(Invoice).where(Invoice.membership_id == membership_id)
        found = session.scalars(query.order_by(Invoice.id)).all()
        session.expunge_all()
        return list(found)


def days(membership_id: UUID) -> list[tuple[str, str, str]]:
    """The billing periods by their first day: first day, last day, state."""
    with db.reading() as session:
        query = select(BillingPeriod).where(BillingPeriod.membership_id == membership_id)
        rows = session.scalars(query.order_by(BillingPeriod.starts_on, BillingPeriod.id)).all()
        return [(row.starts_on.isoformat(), row.ends_on.isoformat(), row.state.value) for row in rows]
