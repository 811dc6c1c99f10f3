"""Webhooks as Stripe sends them: doubled, late, early, out of order; and forged, of which none is believed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import db
from portal.models import StripeEvent
from portal.rules.states import MembershipStatus
from portal.services.billing.on_session import Confirm, Paid
from portal.services.membership import enrollment_payment
from portal.services.membership.enrollment_payment import Wanted
from sandbox.stripe.webhooks import signature
from scheduler import jobs
from tests.browser import confirm_payment
from tests.scenarios.books import amounts, attempts
from tests.scenarios.test_faults_at_joining import members, membership_of
from tests.world import LEASE, World

SECRET = "whsec_sandbox"


def now() -> int:
    return int(time.time())  # noqa: TID251 - the signature's age is real time


def event(kind: str, intent: str, event_id: str = "evt_1", **more: Any) -> bytes:
    """An event as Stripe writes it; its object says less than the truth, as it is read anew."""
    about = {"id": intent, "object": "payment_intent"}
    return json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": about}} | more).encode()


def post(app: Flask, body: bytes, signed: str | None) -> int:
    headers = {"Stripe-Signature": signed} if signed is not None else {}
    return app.test_client().post("/webhooks/stripe", data=body, headers=headers).status_code


def send(app: Flask, body: bytes) -> int:
    """Signed as Stripe signs."""
    return post(app, body, signature(body, SECRET, now()))


def kept() -> int:
    """How many events are in the inbox, applied or not."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(StripeEvent)) or 0


def waiting() -> int:
    with db.reading() as session:
        query = select(func.count()).select_from(StripeEvent).where(StripeEvent.applied_at.is_(None))
        return session.scalar(query) or 0


@pytest.fixture
def paid(world: World) -> tuple[Wanted, str]:
    """Dan has paid in the browser and closed it: Stripe knows, we do not."""
    world.arrive("dan")
    wanted = world.sign("dan", "glow", draw_day=31)
    outcome = enrollment_payment.prepare(wanted, LEASE)
    assert isinstance(outcome, Confirm)
    confirm_payment(world.stripe.url, outcome.client_secret, "pm_card_visa")
    return wanted, outcome.client_secret.partition("_secret_")[0]


def assert_joined_once(world: World, wanted: Wanted) -> None:
    assert members(world, wanted) == MembershipStatus.ACTIVE
    assert amounts(world) == [9900]
    assert len(world.letters("welcome")) == 1
    assert waiting() == 0


def test_a_browser_closed_after_paying_is_made_good_by_the_event(
    world: World, app: Flask, paid: tuple[Wanted, str]
) -> None:
    assert send(app, event("payment_intent.succeeded", paid[1])) == 200
    jobs.run("apply_stripe_events")
    assert_joined_once(world, paid[0])


def test_an_event_sent_twelve_times_at_once_is_kept_once(world: World, app: Flask, paid: tuple[Wanted, str]) -> None:
    body = event("payment_intent.succeeded", paid[1])
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: send(app, body), range(12))) == {200}
    assert kept() == 1
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(jobs.run, ["apply_stripe_events"] * 3))
    assert_joined_once(world, paid[0])


def test_an_event_after_our_own_answer_changes_nothing(world: World, app: Flask, paid: tuple[Wanted, str]) -> None:
    assert enrollment_payment.finish(paid[0].enrollment_id) == Paid()
    assert send(app, event("payment_intent.succeeded", paid[1])) == 200
    jobs.run("apply_stripe_events")
    assert_joined_once(world, paid[0])


def test_events_in_the_wrong_order_end_in_the_truth(world: World, app: Flask, paid: tuple[Wanted, str]) -> None:
    kinds = ("succeeded", "requires_action", "payment_failed", "canceled")
    for number, kind in enumerate(kinds):
        assert send(app, event(f"payment_intent.{kind}", paid[1], f"evt_{number}")) == 200
        jobs.run("apply_stripe_events")
    assert_joined_once(world, paid[0])


def test_an_event_may_come_before_our_own_answer_to_a_draw(world: World, app: Flask) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    world.go_to("2027-02-28")
    world.stripe.add_fault("latency", "POST", "/v1/payment_intents", 1, seconds=0.8)
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(jobs.run, "renew")
        while len(amounts(world)) < 2:
            time.sleep(0.01)
        intent = world.charges()[-1]["payment_intent"]
        assert send(app, event("payment_intent.succeeded", intent)) == 200
        jobs.run("apply_stripe_events")
        assert attempts(dan)[-1].status.value == "succeeded"
        drawing.result()
    assert len(world.letters("renewed")) == 1
    assert amounts(world) == [9900, 9900]


def test_an_event_of_an_unknown_kind_or_object_is_applied_by_doing_nothing(
    world: World, app: Flask, paid: tuple[Wanted, str]
) -> None:
    assert send(app, event("price.created", "price_1", "evt_1")) == 200
    assert send(app, event("payment_intent.succeeded", "pi_unknown", "evt_2")) == 200
    jobs.run("apply_stripe_events")
    assert (kept(), waiting()) == (2, 0)
    assert membership_status(paid[0], world) == MembershipStatus.PENDING
    enrollment_payment.finish(paid[0].enrollment_id)


def membership_status(wanted: Wanted, world: World) -> MembershipStatus:
    membership_id = membership_of(wanted)
    assert isinstance(membership_id, UUID)
    return world.membership(membership_id).status


FORGERIES: dict[str, Callable[[bytes], tuple[bytes, str | None]]] = {
    "no signature": lambda body: (body, None),
    "another secret": lambda body: (body, signature(body, "whsec_other", now())),
    "an old moment": lambda body: (body, signature(body, SECRET, now() - 301)),
    "another body": lambda body: (body.replace(b"evt_1", b"evt_9"), signature(body, SECRET, now())),
    "no JSON": lambda _body: (b"\xff{", signature(b"\xff{", SECRET, now())),
    "no event": lambda _body: (b"[1]", signature(b"[1]", SECRET, now())),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_event_is_refused_and_not_kept(
    world: World, app: Flask, paid: tuple[Wanted, str], forgery: str
) -> None:
    body, signed = FORGERIES[forgery](event("payment_intent.succeeded", paid[1]))
    assert post(app, body, signed) == 400
    assert kept() == 0
    enrollment_payment.finish(paid[0].enrollment_id)


def test_an_event_of_an_account_that_is_nobodys_here_is_refused(
    world: World, app: Flask, paid: tuple[Wanted, str]
) -> None:
    assert send(app, event("payment_intent.succeeded", paid[1], account="acct_stranger")) == 400
    assert kept() == 0
    enrollment_payment.finish(paid[0].enrollment_id)
