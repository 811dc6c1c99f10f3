"""Of one invoice there is one payment: whoever else asks at the same moment waits, or finds it ended at Stripe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from portal import clock, db
from portal.models import Enrollment, PaymentAttempt
from portal.models.membership.enrollment import EnrollmentStatus
from portal.rules.states import AttemptStatus, MembershipStatus
from portal.services.billing import arrears, attempts, payments, renewals
from portal.services.billing.on_session import Confirm, Declined, Paid, Waiting
from portal.services.billing.settlement import Settled
from portal.services.membership import cancel, enrollment_payment
from tests.browser import confirm_payment
from tests.scenarios.books import amounts, assert_books_are_right, invoices
from tests.scenarios.books import attempts as attempts_of
from tests.world import LEASE, World

CHARGE = ("POST", "/v1/payment_intents")


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    yield
    assert_books_are_right(world)


def due(world: World, name: str = "dan") -> UUID:
    """A member of glow on the day of the second draw; the draw is opened, nobody has asked yet."""
    world.arrive(name)
    membership_id = world.join(name, "glow", draw_day=31)
    world.go_to("2027-02-28")
    assert renewals.open_due(world.clinic().id, clock.now()) >= 1
    return membership_id


def past_due(world: World, *outcomes: str) -> UUID:
    """A member of glow whose second draw was declined."""
    world.arrive("dan")
    membership_id = world.join("dan", "glow", draw_day=31)
    card = world.membership(membership_id).card
    assert card is not None
    world.stripe.script(card.payment_method_id, list(outcomes) or ["insufficient_funds"])
    world.go_to("2027-02-28")
    world.run_jobs()
    assert world.membership(membership_id).status == MembershipStatus.PAST_DUE
    return membership_id


@contextmanager
def while_claimed(attempt_id: UUID) -> Iterator[threading.Event]:
    """A worker claims the attempt in a transaction that commits only when the block's event is set."""
    claimed, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        with db.begin() as session:
            assert attempts.claim(session, attempt_id, clock.wall_now(), clock.now(), LEASE)
            claimed.set()
            may_commit.wait(5)

    worker = threading.Thread(target=work)
    worker.start()
    assert claimed.wait(5)
    yield may_commit
    may_commit.set()
    worker.join()


def test_a_draw_that_a_worker_has_just_claimed_is_not_taken_back(world: World) -> None:
    attempt = attempts_of(due(world))[-1]
    answers: list[Settled] = []
    with while_claimed(attempt.id) as may_commit:
        asking = threading.Thread(target=lambda: answers.append(payments.cancel_open(attempt.id, "patient")))
        asking.start()
        asking.join(0.1)
        may_commit.set()
        asking.join()
    assert answers == [Settled.WAITING]
    assert attempts_of(attempt.membership_id)[-1].status == AttemptStatus.SENT
    world.sweep_until_quiet()
    assert amounts(world) == [9900, 9900]


def test_another_card_in_another_tab_waits_while_a_saved_card_is_charged(world: World) -> None:
    world.arrive("dan")
    glow = world.membership(world.join("dan", "glow", draw_day=31))
    wanted = world.sign("dan", "radiance", draw_day=31)
    world.stripe.add_fault("latency_before", *CHARGE, 1, seconds=0.6)
    saved = replace(wanted, card_id=glow.card_id)
    outcomes: list[object] = []
    first_tab = threading.Thread(target=lambda: outcomes.append(enrollment_payment.prepare(saved, LEASE)))
    first_tab.start()
    while not world.stripe.faults()[0]["struck"]:
        first_tab.join(0.01)
    assert enrollment_payment.prepare(wanted, LEASE) == Waiting()
    first_tab.join()
    assert outcomes == [Paid()]
    assert amounts(world) == [9900, 24900]


def test_what_was_declined_in_one_tab_is_not_paid_there_once_another_tab_pays(world: World) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    old = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(old, Confirm)
    confirm_payment(world.stripe.url, old.client_secret, "pm_card_chargeDeclined")
    assert isinstance(enrollment_payment.finish(wanted.enrollment_id), Declined)
    new = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(new, Confirm)
    confirm_payment(world.stripe.url, old.client_secret, "pm_card_visa")
    confirm_payment(world.stripe.url, new.client_secret, "pm_card_visa")
    assert enrollment_payment.finish(wanted.enrollment_id) == Paid()
    assert amounts(world) == [9900]


def test_a_lapsed_enrollment_cannot_be_paid_in_a_forgotten_tab(world: World) -> None:
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    forgotten = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(forgotten, Confirm)
    confirm_payment(world.stripe.url, forgotten.client_secret, "pm_card_chargeDeclined")
    enrollment_payment.finish(wanted.enrollment_id)
    world.go_to("2027-02-08")
    world.run_jobs()
    with db.reading() as session:
        assert session.get_one(Enrollment, wanted.enrollment_id).status == EnrollmentStatus.LAPSED
    confirm_payment(world.stripe.url, forgotten.client_secret, "pm_card_visa")
    world.sweep_until_quiet()
    assert amounts(world) == []


def test_a_declined_page_cannot_be_paid_after_the_next_dunning_day_was(world: World) -> None:
    membership_id = past_due(world, "insufficient_funds", "succeed")
    page = arrears.prepare(membership_id, world.clinic().id, None, 9900, LEASE)
    assert isinstance(page, Confirm)
    confirm_payment(world.stripe.url, page.client_secret, "pm_card_chargeDeclined")
    assert isinstance(arrears.finish(membership_id, world.clinic().id), Declined)
    world.go_to("2027-03-01")
    world.run_jobs()
    confirm_payment(world.stripe.url, page.client_secret, "pm_card_visa")
    assert amounts(world) == [9900, 9900]


def test_a_draw_that_waits_for_its_patient_is_paid_at_the_page_once(world: World) -> None:
    membership_id = past_due(world, "authentication_required")
    assert attempts_of(membership_id)[-1].status == AttemptStatus.NEEDS_PATIENT
    page = arrears.prepare(membership_id, world.clinic().id, None, 9900, LEASE)
    assert isinstance(page, Confirm)
    confirm_payment(world.stripe.url, page.client_secret, "pm_card_visa")
    assert arrears.finish(membership_id, world.clinic().id) == Paid()
    world.sweep_until_quiet()
    assert amounts(world) == [9900, 9900]


def test_cancelling_before_the_draw_is_asked_for_takes_nothing_and_ends(world: World) -> None:
    membership_id = due(world)
    cancel.cancel(membership_id, world.clinic().id, "", clock.now())
    world.advance_to("2027-03-01")
    assert world.membership(membership_id).status == MembershipStatus.ENDED
    assert amounts(world) == [9900]


def test_cancelling_and_undoing_before_the_draw_is_asked_for_draws_once(world: World) -> None:
    membership_id = due(world)
    cancel.cancel(membership_id, world.clinic().id, "", clock.now())
    with db.begin() as session:
        cancel.undo(session, membership_id, world.clinic().id, clock.now())
    world.run_jobs()
    assert amounts(world) == [9900, 9900]
    assert [invoice.status.value for invoice in invoices(membership_id)] == ["paid", "void", "paid"]


def test_a_draw_that_never_arrived_is_not_asked_again_after_cancelling(world: World) -> None:
    membership_id = due(world)
    world.stripe.add_fault("error500_before", *CHARGE, None)
    world.run_jobs()
    cancel.cancel(membership_id, world.clinic().id, "", clock.now())
    world.stripe.clear_faults()
    world.sweep_until_quiet()
    assert world.membership(membership_id).status == MembershipStatus.ENDED
    assert amounts(world) == [9900]


def test_an_account_that_is_refused_does_not_stop_the_sweep_of_another(world: World) -> None:
    world.arrive("ida")
    idas = world.join("ida", "glow", draw_day=28)
    dan = attempts_of(due(world))[-1]
    ida = attempts_of(idas)[-1]
    with db.begin() as session:
        session.get_one(PaymentAttempt, dan.id).account = "acct_refused"
        session.flush()
        for one in (dan, ida):
            attempts.claim(session, one.id, clock.wall_now() - LEASE * 2, clock.now(), LEASE)
    world.stripe.revoke("acct_refused")
    assert payments.sweep_unanswered(LEASE) == 1
    assert attempts_of(ida.membership_id)[-1].status == AttemptStatus.SUCCEEDED
