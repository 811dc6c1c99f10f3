"""The world of a test: two clinics, named people, a sandbox Stripe and a mailbox; time that moves and jobs that run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

import sandbox.world
from portal import clock, db
from portal.config import Config
from portal.models import Clinic, Enrollment, Membership, OutboxEmail, Patient
from portal.rules.calendar import Frequency
from portal.rules.coupons import Refusal
from portal.services.billing import on_session
from portal.services.billing.on_session import Confirm, Outcome
from portal.services.clinic import clinic_file, clinics, plans
from portal.services.membership import enrollment as enrollments
from portal.services.membership import enrollment_payment, quote, signing
from portal.services.membership.enrollment_payment import Wanted
from portal.services.people import passwords, patients
from portal.services.people.patients import Details
from sandbox.mailbox.server import RunningMailbox
from sandbox.stripe.server import RunningStripe
from scheduler import jobs
from tests.browser import confirm_payment, confirm_setup

LEASE = timedelta(seconds=90)
PASSWORD = "demo-pass-2026"
PASSWORD_HASH = passwords.hashed(PASSWORD)
CLINIC_FILES = Path(sandbox.world.__file__).parent


@dataclass
class World:
    """Clinics `lumina` (Los Angeles) and `harbor` (New York); people come in by name."""

    config: Config
    stripe: RunningStripe
    mailbox: RunningMailbox
    people: dict[str, UUID] = field(default_factory=dict)

    def open_clinics(self) -> None:
        """Makes the two clinics from the demo's own files."""
        with db.begin() as session:
            for name in ("lumina", "harbor"):
                clinic_file.create(session, CLINIC_FILES / f"{name}.toml", clock.now())

    # --- time ---

    def go_to(self, on: date | str, hour: int = 18) -> None:
        """Jumps to a moment in UTC; no job runs."""
        day = date.fromisoformat(on) if isinstance(on, str) else on
        clock.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))

    def advance_to(self, on: date | str) -> None:
        """Lives every day up to and including `on`, running all jobs at 18:00 UTC of each."""
        end = date.fromisoformat(on) if isinstance(on, str) else on
        day = clock.now().date()
        while day < end:
            day += timedelta(days=1)
            self.go_to(day)
            self.run_jobs()

    def run_jobs(self) -> dict[str, int]:
        """Every job once, in order."""
        return jobs.run_all()

    def sweep_until_quiet(self) -> None:
        """Ends all leases as if their time had passed, and lets the sweeps heal: two passes."""
        for _ in range(2):
            with db.begin() as session:
                session.connection().exec_driver_sql(
                    "UPDATE payment_attempts SET claimed_until = '2020-01-01 00:00:00' WHERE claimed_until IS NOT NULL"
                )
            self.run_jobs()

    def today(self, slug: str = "lumina") -> date:
        """The date at a clinic."""
        zone = "America/Los_Angeles" if slug == "lumina" else "America/New_York"
        return clock.now().astimezone(ZoneInfo(zone)).date()

    # --- people ---

    def clinic(self, slug: str = "lumina") -> Clinic:
        """A clinic as it is now."""
        with db.reading() as session:
            found = clinics.by_slug(session, slug)
            assert found is not None
            session.expunge_all()
            return found

    def arrive(self, name: str, slug: str = "lumina") -> UUID:
        """A confirmed patient with full details and the demo's password, e.g. arrive("dan")."""
        with db.begin() as session:
            clinic = session.scalars(select(Clinic).where(Clinic.slug == slug)).one()
            email = f"{name}@example.com"
            patient = patients.create(
                session,
                clinic,
                email,
                first_name=name.title(),
                last_name="Example",
                phone="+1 415 555 0100",
                password_hash=PASSWORD_HASH,
                now=clock.now(),
            )
            patient.email_confirmed_at = clock.now()
            details = Details(
                name.title(), "Example", "+1 415 555 0100", "1 Main St", "", "San Francisco", "CA", "94105", "US"
            )
            patients.update_details(session, patient, details, clock.now())
            self.people[name] = patient.id
        return self.people[name]

    # --- the wizard, by its services ---

    def sign(
        self,
        name: str,
        plan: str = "glow",
        draw_day: int | None = None,
        coupon: str | None = None,
        frequency: Frequency = Frequency.MONTH,
    ) -> Wanted:
        """Goes through the wizard up to the payment, agreement signed."""
        with db.begin() as session:
            patient = session.get_one(Patient, self.people[name])
            clinic = session.get_one(Clinic, patient.clinic_id)
            today = clock.today(clinic.time_zone)
            enrollment = enrollments.begin(session, clinic, patient, None, clock.now())
            wanted_plan = plans.by_slug(session, clinic, plan)
            assert wanted_plan is not None
            enrollments.choose_plan(session, clinic, patient, enrollment, wanted_plan, frequency, today)
            enrollments.save_details(session, enrollment, draw_day, clock.now())
            if coupon:
                refusal = enrollments.apply_coupon(session, patient, enrollment, coupon, today)
                if refusal:
                    raise CouponRefused(refusal)
            current = quote.of_enrollment(session, clinic, patient, enrollment, today)
            paper = signing.paper(session, clinic, patient, current)
            signing.sign(
                session,
                clinic,
                patient,
                enrollment,
                current,
                shown_fingerprint=current.fingerprint,
                shown_sha256=paper.text_sha256,
                has_records_consent=True,
                has_charge_consent=True,
                signature=patient.full_name,
                ip="192.0.2.7",
                user_agent="a browser",
                now=clock.now(),
            )
            return Wanted(enrollment.id, current.fingerprint, None)

    def pay(self, wanted: Wanted, card: str = "pm_card_visa") -> Outcome:
        """Presses "pay", confirms in the browser with a test card, comes back."""
        outcome = enrollment_payment.prepare(wanted, LEASE)
        if isinstance(outcome, Confirm):
            confirm = confirm_setup if outcome.kind == "setup" else confirm_payment
            confirm(self.stripe.url, outcome.client_secret, card)
            outcome = enrollment_payment.finish(wanted.enrollment_id)
        return outcome

    def join(self, name: str, plan: str = "glow", card: str = "pm_card_visa", **choices: Any) -> UUID:
        """Becomes a member; answers the membership's id."""
        wanted = self.sign(name, plan, **choices)
        outcome = self.pay(wanted, card)
        assert isinstance(outcome, on_session.Paid), outcome
        with db.reading() as session:
            membership_id = session.get_one(Enrollment, wanted.enrollment_id).membership_id
        assert membership_id is not None
        return membership_id

    # --- what is true ---

    def membership(self, membership_id: UUID) -> Membership:
        """The membership as it is now, with its card."""
        with db.reading() as session:
            found = session.get_one(Membership, membership_id)
            _ = found.card, found.patient
            session.expunge_all()
            return found

    def charges(self) -> list[dict[str, Any]]:
        """The successful charges by the sandbox's own ledger of effects, oldest first."""
        return [effect for effect in self.stripe.effects() if effect["kind"] == "charge"]

    def letters(self, kind: str | None = None) -> list[OutboxEmail]:
        """The letters queued so far, oldest first."""
        with db.reading() as session:
            query = select(OutboxEmail).order_by(OutboxEmail.id)
            found = session.scalars(query.where(OutboxEmail.kind == kind) if kind else query).all()
            session.expunge_all()
            return list(found)


class CouponRefused(Exception):
    """The wizard did not take the coupon."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def code_in(text: str) -> str:
    """The six digits of a letter."""
    found = re.search(r"\b(\d{6})\b", text.replace(" ", ""))
    assert found, text
    return found.group(1)
