"""The steps before the payment: begun or taken up again, plan, details, coupon; and lapsing after seven days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import db
from portal.gateways.stripe_answers import StripeRefused, StripeUnanswered
from portal.models import Clinic, Enrollment, Membership, Patient, PaymentAttempt, Plan
from portal.models.billing.invoice import InvoiceStatus
from portal.models.membership.enrollment import EnrollmentStatus
from portal.models.membership.membership import EndReason
from portal.rules.calendar import Frequency, local_date
from portal.rules.coupons import Refusal
from portal.rules.states import MembershipStatus
from portal.services.billing import attempts, catch_up, invoices, payments
from portal.services.clinic import coupons, plans
from portal.services.membership import memberships

log = structlog.get_logger()
LAPSES_AFTER = timedelta(days=7)


class NotOpen(Exception):
    """The programme takes no members by themselves, or the enrollment is over."""


class AlreadyMember(Exception):
    """The patient is a member of this plan already."""

    def __init__(self, membership_id: UUID) -> None:
        super().__init__(str(membership_id))
        self.membership_id = membership_id


class PlanNotSold(Exception):
    """The plan is closed, or not sold at this frequency."""


def begin(session: Session, clinic: Clinic, patient: Patient, source: str | None, now: datetime) -> Enrollment:
    """The patient's open enrollment, or a new one: two tabs and two devices share it. Raises NotOpen."""
    if not (clinic.programme.is_open and clinic.programme.patients_may_enroll):
        raise NotOpen
    known = _open_one(session, patient)
    if known is not None and known.membership_id is not None:
        # A payment was begun: only lapsing ends it, at Stripe too. Who comes back before that has seven days again.
        if known.lapses_at <= now:
            known.lapses_at = now + LAPSES_AFTER
        return known
    if known is not None and known.lapses_at > now:
        return known
    if known is not None:
        known.status = EnrollmentStatus.LAPSED
        known.closed_on = local_date(now, clinic.time_zone)
        session.flush()
    fresh = Enrollment(
        clinic_id=clinic.id,
        patient_id=patient.id,
        source=source,
        created_at=now,
        lapses_at=now + LAPSES_AFTER,
    )
    try:
        with session.begin_nested():
            session.add(fresh)
            session.flush()
    except IntegrityError:
        return session.scalars(_open_query(patient)).one()
    return fresh


def mine_or_none(session: Session, patient: Patient, enrollment_id: UUID) -> Enrollment | None:
    """The patient's own enrollment; anybody else's does not exist."""
    return session.scalar(
        select(Enrollment).where(
            Enrollment.clinic_id == patient.clinic_id,
            Enrollment.patient_id == patient.id,
            Enrollment.id == enrollment_id,
        )
    )


def choose_plan(
    session: Session,
    clinic: Clinic,
    patient: Patient,
    enrollment: Enrollment,
    plan: Plan,
    frequency: Frequency,
    today: date,
) -> None:
    """Puts a plan and its price of today onto the enrollment. Raises PlanNotSold, AlreadyMember or NotOpen."""
    require_open(enrollment)
    price = plan.price(frequency, today)
    if plan not in plans.offered(session, clinic, today) or price is None:
        raise PlanNotSold
    running = running_membership(session, patient, plan.id)
    if running is not None:
        raise AlreadyMember(running.id)
    enrollment.plan_id = plan.id
    enrollment.plan_price_id = price.id
    enrollment.draw_day = enrollment.draw_day if frequency == Frequency.MONTH else None
    session.flush()
    session.refresh(enrollment)
    if enrollment.wanted_coupon_code and enrollment.coupon_id is None:
        apply_coupon(session, patient, enrollment, enrollment.wanted_coupon_code, today)


def choose_draw_day(session: Session, enrollment: Enrollment, draw_day: int) -> None:
    """Notes the draw day alone, while the details are still being typed. Raises NotOpen."""
    require_open(enrollment)
    enrollment.draw_day = draw_day
    session.flush()


def save_details(session: Session, enrollment: Enrollment, draw_day: int | None, now: datetime) -> None:
    """Notes the draw day, and that the details were given (they are the patient's own row). Raises NotOpen."""
    require_open(enrollment)
    enrollment.draw_day = draw_day
    enrollment.details_at = now
    session.flush()


def apply_coupon(session: Session, patient: Patient, enrollment: Enrollment, code: str, today: date) -> Refusal | None:
    """Puts a coupon onto the enrollment, or says why not; it is redeemed only with the payment. Raises NotOpen."""
    require_open(enrollment)
    if enrollment.plan is None:
        raise PlanNotSold
    found = coupons.answer(session, patient, enrollment.plan, code, today, enrollment.membership_id)
    if found.coupon is not None:
        enrollment.coupon_id = found.coupon.id
        enrollment.wanted_coupon_code = None
        session.flush()
        session.refresh(enrollment)
    return found.refusal


def remove_coupon(session: Session, enrollment: Enrollment) -> None:
    """Takes the coupon off again. Raises NotOpen."""
    require_open(enrollment)
    enrollment.coupon_id = None
    enrollment.wanted_coupon_code = None
    session.flush()
    session.refresh(enrollment)


def require_open(enrollment: Enrollment) -> None:
    """Raises NotOpen for an enrollment that is finished or has lapsed."""
    if enrollment.status != EnrollmentStatus.OPEN:
        raise NotOpen


def running_membership(session: Session, patient: Patient, plan_id: UUID) -> Membership | None:
    """The patient's begun membership of a plan that has not ended."""
    return session.scalar(
        select(Membership).where(
            Membership.clinic_id == patient.clinic_id,
            Membership.patient_id == patient.id,
            Membership.plan_id == plan_id,
            Membership.started_on.is_not(None),
            Membership.status != MembershipStatus.ENDED,
        )
    )


def lapse_due(now: datetime) -> int:
    """Lapses enrollments left for seven days; counts them. A payment that has succeeded meanwhile finishes instead."""
    with db.reading() as session:
        ids = session.scalars(
            select(Enrollment.id).where(Enrollment.status == EnrollmentStatus.OPEN, Enrollment.lapses_at <= now)
        ).all()
    lapsed = 0
    for enrollment_id in ids:
        try:
            lapsed += _lapse(enrollment_id, now)
        except (StripeRefused, StripeUnanswered) as error:
            log.warning("lapsing waits", enrollment=str(enrollment_id), reason=str(error))
        except Exception:
            log.exception("lapsing broke", enrollment=str(enrollment_id))
    return lapsed


def _lapse(enrollment_id: UUID, now: datetime) -> int:
    with db.reading() as session:
        enrollment = session.get_one(Enrollment, enrollment_id)
        account = session.get_one(Clinic, enrollment.clinic_id).stripe_account
        attempt = _open_attempt(session, enrollment)
    if enrollment.membership_id is not None:
        catch_up.catch_up(account)  # after a restored backup it may have been paid
    if attempt is not None:
        payments.cancel_open(attempt.id, "scheduler")
    elif enrollment.membership_id is not None:
        payments.cancel_declined(enrollment.clinic_id, enrollment.membership_id, "scheduler")
    with db.begin() as session:
        enrollment = session.get_one(Enrollment, enrollment_id, with_for_update=True)
        if _open_attempt(session, enrollment) is not None:
            return 0  # its patient has pressed "pay" meanwhile
        clinic = session.get_one(Clinic, enrollment.clinic_id)
        closed = session.execute(
            update(Enrollment)
            .where(
                Enrollment.id == enrollment_id,
                Enrollment.status == EnrollmentStatus.OPEN,
                Enrollment.lapses_at <= now,
            )
            .values(status=EnrollmentStatus.LAPSED, closed_on=local_date(now, clinic.time_zone))
        )
        if closed.rowcount != 1:  # type: ignore[attr-defined]
            return 0
        if enrollment.membership_id:
            retire(session, enrollment.clinic_id, enrollment.membership_id, now, "scheduler")
    return 1


def _open_attempt(session: Session, enrollment: Enrollment) -> PaymentAttempt | None:
    pending = session.get(Membership, enrollment.membership_id) if enrollment.membership_id else None
    invoice = invoices.open_invoice(session, pending) if pending else None
    return attempts.of_invoice_open(session, invoice) if invoice else None


def retire(session: Session, clinic_id: UUID, membership_id: UUID, now: datetime, actor: str) -> None:
    """Ends a membership that never began: its invoice is void and its coupon free again. Twice is once."""
    membership = memberships.locked(session, clinic_id, membership_id)
    if membership.status != MembershipStatus.PENDING:
        return
    invoice = invoices.open_invoice(session, membership)
    if invoice is not None:
        invoices.close_unpaid(session, membership, invoice, InvoiceStatus.VOID)
    redemption = coupons.active_redemption(session, clinic_id, membership.id)
    if redemption is not None:
        coupons.release(session, redemption, now)
    today = local_date(now, memberships.clinic_of(session, membership).time_zone)
    memberships.end(session, membership, today, EndReason.LAPSED, now, actor)


def _open_one(session: Session, patient: Patient) -> Enrollment | None:
    return session.scalar(_open_query(patient))


def _open_query(patient: Patient) -> Select[Enrollment]:
    return select(Enrollment).where(
        Enrollment.clinic_id == patient.clinic_id,
        Enrollment.patient_id == patient.id,
        Enrollment.status == EnrollmentStatus.OPEN,
    )
