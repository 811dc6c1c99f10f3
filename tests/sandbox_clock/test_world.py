"""The demo's world is what its table says, and was lived rather than written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import clock, db, letters_env
from portal.config import Config
from portal.gateways import mailer, stripe_gateway
from portal.models import Invoice, LedgerEntry, Membership, OutboxEmail, Patient, PaymentAttempt, Receipt
from portal.models.billing.invoice import InvoiceStatus
from portal.rules.states import AttemptStatus, MembershipStatus
from sandbox.mailbox import server as mailbox
from sandbox.stripe import server as stripe
from sandbox.world import seed
from scheduler import jobs


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Iterator[Config]:
    """A sandbox with a database, a Stripe and a mailbox of this test's own."""
    with stripe.start(secret_key="sk_test_world") as bank, mailbox.start(0, 0) as box:
        config = Config.from_env(
            {
                "PORTAL_ENV": "test",
                "PORTAL_SANDBOX": "1",
                "PORTAL_VAR": str(tmp_path),
                "DATABASE_URL": database_url,
                "STRIPE_SECRET_KEY": "sk_test_world",
                "STRIPE_API_BASE": bank.url,
                "MAIL_SERVER": "127.0.0.1",
                "MAIL_PORT": str(box.smtp_port),
            }
        )
        clock.configure(tmp_path / "clock.json")
        engine = db.connect(database_url)
        for room in (stripe_gateway, mailer, letters_env, jobs):
            room.configure(config)
        yield config
        clock.configure(None)
        engine.dispose()


def member(name: str) -> Membership:
    with db.reading() as session:
        wanted = select(Membership).join(Patient, Patient.id == Membership.patient_id)
        return session.scalars(wanted.where(Patient.email == f"{name}@example.com")).one()


def test_the_world_is_what_its_table_says(config: Config) -> None:
    told = list(seed.build(config))
    assert told[-1].endswith("Today.")
    today = clock.today("America/Los_Angeles")
    assert abs(clock.now() - clock.wall_now()) < timedelta(seconds=5)

    alice = member("alice")
    assert (alice.status, alice.plan_name, alice.draw_day) == (MembershipStatus.ACTIVE, "Glow", 31)
    assert alice.started_on is not None
    assert today - alice.started_on >= timedelta(days=365)
    assert alice.next_draw_on is not None
    assert alice.next_draw_on > today - timedelta(days=1)
    assert member("nora").status == MembershipStatus.ACTIVE
    with db.reading() as session:
        dan = session.scalars(select(Patient).where(Patient.email == "dan@example.com")).one()
        assert not session.scalars(select(Membership).where(Membership.patient_id == dan.id)).all()

    cara = member("cara")
    assert cara.status == MembershipStatus.PAST_DUE
    with db.reading() as session:
        invoice = session.scalars(
            select(Invoice).where(Invoice.membership_id == cara.id, Invoice.status == InvoiceStatus.OPEN)
        ).one()
        numbers = session.scalars(
            select(PaymentAttempt.number).where(PaymentAttempt.invoice_id == invoice.id).order_by("number")
        ).all()
        assert list(numbers) == [1, 2]
        assert invoice.next_attempt_on == today + timedelta(days=1)
        assert_books_agree(session)
    assert list(seed.build(config)) == ["The world is there already; nothing was changed."]


def assert_books_agree(session: Session) -> None:
    paid = select(func.sum(PaymentAttempt.cents)).where(PaymentAttempt.status == AttemptStatus.SUCCEEDED)
    assert session.scalar(paid) == session.scalar(select(func.sum(LedgerEntry.cents)))
    assert session.scalar(paid) == session.scalar(select(func.sum(Receipt.cents)))
    assert not session.scalars(select(OutboxEmail.kind).where(OutboxEmail.sent_at.is_(None))).all()
