"""Dan, a member of the plan Glow at Lumina, and the rows that letters about him are made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, db
from portal.models import (
    Agreement,
    AgreementVersion,
    BillingPeriod,
    Card,
    Clinic,
    Enrollment,
    Invoice,
    InvoiceLine,
    Membership,
    OutboxEmail,
    Patient,
    PaymentAttempt,
    Plan,
    Programme,
    Receipt,
    SignedAgreement,
    SignInCode,
)
from portal.models.billing.invoice import InvoiceKind, InvoiceStatus
from portal.models.billing.payment import AttemptMode
from portal.models.membership.enrollment import EnrollmentStatus
from portal.models.people.sign_in import CodePurpose
from portal.rules.calendar import Frequency
from portal.rules.days import DayState
from portal.rules.invoices import LineKind
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.letters import people_letters

NOW = datetime(2027, 1, 31, 18, 4, 5, tzinfo=UTC)
TEXT = "# Glow membership\n\nThis agreement is between Lumina Aesthetics and **Dan O'Neil**."


@dataclass
class Dan:
    """Everything that is Dan's."""

    clinic: Clinic
    patient: Patient
    plan: Plan
    card: Card
    membership: Membership
    invoice: Invoice
    receipt: Receipt
    signed: SignedAgreement


def new_clinic(session: Session, slug: str = "lumina", name: str = "Lumina Aesthetics") -> Clinic:
    clinic = Clinic(
        slug=slug, name=name, time_zone="America/Los_Angeles", currency="USD", colour="#b4637a",
        email=f"hello@{slug}.example", phone="(310) 555-0142", address="1200 Ocean Avenue, Santa Monica",
        created_at=NOW,
    )  # fmt: skip
    session.add(clinic)
    session.flush()
    programme = Programme(
        clinic_id=clinic.id, name="Lumina Circle", thank_you="Thank you for <trusting> us.",
        receipt_footer="Lumina Aesthetics is a medical practice.",
    )  # fmt: skip
    session.add(programme)
    session.flush()
    session.refresh(clinic)
    return clinic


def new_patient(session: Session, clinic: Clinic, email: str = "dan@example.com") -> Patient:
    patient = Patient(clinic_id=clinic.id, email=email, first_name="Dan", last_name="O'Neil", created_at=NOW)
    session.add(patient)
    session.flush()
    return patient


def dan_joins(session: Session) -> Dan:
    """Dan on Glow, $99 a month on the 31st, joined and paid on January 31, 2027."""
    clinic = new_clinic(session)
    patient = new_patient(session, clinic)
    here = {"clinic_id": clinic.id}
    agreement = Agreement(**here, name="Membership agreement")
    session.add(agreement)
    session.flush()
    version = AgreementVersion(
        **here, agreement_id=agreement.id, number=3, text="Between {{ clinic_name }} and {{ patient_name }}.",
        published_at=NOW,
    )  # fmt: skip
    plan = Plan(**here, agreement_id=agreement.id, slug="glow", name="Glow", badge_colour="#b4637a")
    card = Card(
        **here, patient_id=patient.id, customer_id="cus_1", payment_method_id="pm_1", brand="visa",
        last4="4242", exp_month=4, exp_year=2030, created_at=NOW,
    )  # fmt: skip
    session.add_all([version, plan, card])
    session.flush()
    membership = new_membership(session, patient, plan, card)
    enrollment = Enrollment(
        **here, patient_id=patient.id, status=EnrollmentStatus.FINISHED, plan_id=plan.id,
        membership_id=membership.id, created_at=NOW, lapses_at=NOW + timedelta(days=7),
    )  # fmt: skip
    session.add(enrollment)
    session.flush()
    signed = _signed(session, patient, enrollment, version)
    invoice = new_invoice(session, membership, "period:2027-01-31", InvoiceStatus.PAID)
    return Dan(clinic, patient, plan, card, membership, invoice, new_receipt(session, invoice), signed)


def new_membership(session: Session, patient: Patient, plan: Plan, card: Card) -> Membership:
    membership = Membership(
        clinic_id=patient.clinic_id, patient_id=patient.id, plan_id=plan.id, card_id=card.id,
        status=MembershipStatus.ACTIVE, plan_name=plan.name, frequency=Frequency.MONTH, fee_cents=9900,
        setup_fee_cents=0, cancellation_fee_cents=0, currency="USD", draw_day=31,
        anchor_on=date(2027, 1, 31), started_on=date(2027, 1, 31), paid_through=date(2027, 2, 27),
        next_draw_on=date(2027, 2, 28), created_at=NOW,
    )  # fmt: skip
    session.add(membership)
    session.flush()
    return membership


def new_invoice(session: Session, membership: Membership, cause: str, status: InvoiceStatus) -> Invoice:
    here = {"clinic_id": membership.clinic_id}
    invoice = Invoice(
        **here, membership_id=membership.id, patient_id=membership.patient_id, kind=InvoiceKind.PERIOD,
        cause=cause, status=status, cents=7920, currency="USD", opened_on=date(2027, 1, 31), opened_at=NOW,
        paid_at=NOW if status == InvoiceStatus.PAID else None,
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    lines = [
        (LineKind.FEE, "Glow membership, Jan 31 – Feb 27, 2027", 9900),
        (LineKind.COUPON, "Coupon SPRING20", -1980),
    ]
    for position, (kind, text, cents) in enumerate(lines):
        session.add(InvoiceLine(**here, invoice_id=invoice.id, position=position, kind=kind, text=text, cents=cents))
    period = BillingPeriod(
        **here, membership_id=membership.id, invoice_id=invoice.id, starts_on=date(2027, 1, 31),
        ends_on=date(2027, 2, 27), state=DayState.PAID,
    )  # fmt: skip
    session.add(period)
    session.flush()
    return invoice


def new_receipt(session: Session, invoice: Invoice, number: int = 1042) -> Receipt:
    receipt = Receipt(
        clinic_id=invoice.clinic_id, invoice_id=invoice.id, patient_id=invoice.patient_id, number=number,
        cents=invoice.cents, currency="USD", card_brand="visa", card_last4="4242", at=NOW,
    )  # fmt: skip
    session.add(receipt)
    session.flush()
    return receipt


def new_attempt(session: Session, invoice: Invoice, number: int = 1) -> PaymentAttempt:
    attempt = PaymentAttempt(
        clinic_id=invoice.clinic_id, invoice_id=invoice.id, membership_id=invoice.membership_id,
        number=number, status=AttemptStatus.DECLINED, mode=AttemptMode.OFF_SESSION, key=f"{invoice.id}:{number}",
        customer_id="cus_1", cents=invoice.cents, currency="USD", code="card_declined",
        decline_code="insufficient_funds", created_at=NOW, card_brand="visa", card_last4="4242",
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    return attempt


def _signed(session: Session, patient: Patient, enrollment: Enrollment, version: AgreementVersion) -> SignedAgreement:
    signed = SignedAgreement(
        clinic_id=patient.clinic_id, patient_id=patient.id, enrollment_id=enrollment.id,
        agreement_version_id=version.id, title="Glow membership agreement", version_number=version.number,
        text=TEXT, text_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
        disclosure="Fee: $99.00 every month\nNext draw: $99.00 on February 28, 2027",
        records_consent="I agree to sign electronically.",
        charge_consent="I agree to be charged $99.00 every month until I cancel.",
        signature_text="Dan O'Neil", signer_name="Dan O'Neil", signed_at=NOW, ip="203.0.113.7",
        user_agent="Mozilla/5.0 (iPhone)",
    )  # fmt: skip
    session.add(signed)
    session.flush()
    return signed


def new_code(session: Session, dan: Dan, valid_for: timedelta) -> SignInCode:
    """A code of Dan's with its letter queued; codes live on wall time."""
    now = clock.wall_now()
    code = SignInCode(
        clinic_id=dan.clinic.id, patient_id=dan.patient.id, purpose=CodePurpose.SIGN_IN, code_hash="0" * 64,
        created_at=now, expires_at=now + valid_for,
    )  # fmt: skip
    session.add(code)
    session.flush()
    people_letters.sign_in_code(session, dan.patient, "418302", str(code.id), NOW)
    return code


def letters() -> list[OutboxEmail]:
    """Every letter of the outbox, oldest first."""
    with db.reading() as session:
        return list(session.scalars(select(OutboxEmail).order_by(OutboxEmail.id)))
