"""Joining at awkward moments: back after seven days before the job came by, a coupon whose last use has gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal import clock, db
from portal.models import Clinic, Coupon, Enrollment, Patient, Plan
from portal.rules.coupons import Refusal
from portal.services.billing import cards
from portal.services.billing.on_session import Confirm, Paid, Waiting
from portal.services.clinic import coupons
from portal.services.membership import enrollment as enrollments
from portal.services.membership import enrollment_payment
from tests.browser import confirm_payment
from tests.scenarios.books import amounts, assert_books_are_right
from tests.world import LEASE, World


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def begun(world: World, coupon: str | None = None) -> UUID:
    """Dan has pressed "pay" and left the page; the enrollment's id."""
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31, coupon=coupon)
    page = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(page, Confirm)
    return wanted.enrollment_id


def come_back(world: World) -> Enrollment:
    with db.begin() as session:
        patient = session.get_one(Patient, world.people["dan"])
        clinic = session.get_one(Clinic, patient.clinic_id)
        return enrollments.begin(session, clinic, patient, None, clock.now())


def test_who_comes_back_after_seven_days_before_the_job_can_still_join(world: World) -> None:
    enrollment_id = begun(world)
    world.go_to("2027-02-08")
    came_back = come_back(world)
    assert came_back.id == enrollment_id
    assert came_back.lapses_at == pytest.approx(clock.now() + timedelta(days=7), abs=timedelta(minutes=5))
    wanted = world.sign("dan", "glow", draw_day=31)
    assert world.pay(wanted) == Paid()
    assert amounts(world) == [7071]  # 20 of 28 days


def test_who_comes_back_before_any_payment_begins_anew(world: World) -> None:
    world.arrive("dan")
    earlier = come_back(world).id
    world.go_to("2027-02-08")
    assert come_back(world).id != earlier


def test_a_forgotten_tab_cannot_begin_a_second_membership_after_coming_back(world: World) -> None:
    world.arrive("dan")
    page = enrollment_payment.prepare(world.sign("dan", "glow", draw_day=31), LEASE)
    assert isinstance(page, Confirm)
    world.go_to("2027-02-08")
    come_back(world)
    wanted = world.sign("dan", "radiance", draw_day=31)
    assert world.pay(wanted) == Paid()
    confirm_payment(world.stripe.url, page.client_secret, "pm_card_visa")
    world.sweep_until_quiet()
    assert amounts(world) == [19214]


def test_what_another_tab_has_just_paid_is_not_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    ensure = cards.ensure_customer

    def pay_elsewhere_first(patient_id: UUID) -> str:
        monkeypatch.undo()
        assert world.pay(wanted) == Paid()
        return ensure(patient_id)

    monkeypatch.setattr(cards, "ensure_customer", pay_elsewhere_first)
    assert enrollment_payment.prepare(wanted, LEASE) == Waiting()
    assert enrollment_payment.prepare(wanted, LEASE) == Paid()
    assert amounts(world) == [9900]


def test_holding_one_coupon_does_not_make_room_for_another_that_is_used_up(world: World) -> None:
    enrollment_id = begun(world, coupon="SPRING20")
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == "FOREVER10").values(max_uses=1, used=1))
    with db.reading() as session:
        patient = session.get_one(Patient, world.people["dan"])
        plan = session.scalars(select(Plan).where(Plan.slug == "glow", Plan.clinic_id == patient.clinic_id)).one()
        own = session.get_one(Enrollment, enrollment_id).membership_id
        found = coupons.answer(session, patient, plan, "FOREVER10", world.today(), own)
    assert found.refusal is Refusal.USED_UP
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == "FOREVER10").values(max_uses=None, used=0))
