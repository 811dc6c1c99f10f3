"""What others say and when: another clinic's account, a late event, a list that could not be learned from."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from portal import clock, db
from portal.db import new_id
from portal.gateways import stripe_gateway
from portal.models import Clinic, StripeAccount, StripeEvent
from portal.rules.states import AttemptStatus
from portal.services.billing import card_change, catch_up, stripe_events
from scheduler import jobs
from tests.browser import confirm_setup
from tests.scenarios.books import amounts, attempts
from tests.services.billing.test_one_payment_at_a_time import due
from tests.world import World


def paid_on_harbors_account(metadata: dict[str, str]) -> stripe_gateway.Intent:
    """A payment that harbor's own account took, with ids of lumina written onto it."""
    with db.begin() as session:
        session.execute(update(Clinic).where(Clinic.slug == "harbor").values(stripe_account="acct_harbor"))
    customer = stripe_gateway.create_customer("acct_harbor", "key-customer", {})
    wanted = stripe_gateway.Charge(100, "USD", customer, "pm_card_visa", metadata, False)
    paid = stripe_gateway.charge("acct_harbor", "key-payment", wanted)
    assert paid.status == "succeeded"
    return paid


@pytest.mark.parametrize("is_known", [True, False], ids=["a known attempt", "an attempt that seems lost"])
def test_a_payment_on_the_account_of_another_clinic_pays_nothing_here(world: World, is_known: bool) -> None:
    dan = due(world)
    attempt = attempts(dan)[-1]
    named = {"clinic": "lumina", "membership": str(dan), "invoice": str(attempt.invoice_id), "period": "2027-02-28"}
    paid = paid_on_harbors_account(named | {"attempt": str(attempt.id if is_known else new_id())})
    with db.begin() as session:
        assert catch_up.learn(session, "acct_harbor", paid, clock.now()) == 0
    assert [one.status for one in attempts(dan)] == [AttemptStatus.SUCCEEDED, AttemptStatus.READY]


def test_a_late_event_does_not_bring_an_earlier_card_back(world: World) -> None:
    world.arrive("dan")
    dan = world.join("dan", "glow", draw_day=31)
    intents = []
    for card in ("pm_card_mastercard", "pm_card_amex"):
        asked = card_change.prepare(dan, world.clinic().id)
        confirm_setup(world.stripe.url, asked.client_secret, card)
        intents.append(asked.client_secret.partition("_secret_")[0])
        card_change.finish(dan, world.clinic().id, intents[-1])
    newest = world.membership(dan).card_id
    with db.begin() as session:
        late = StripeEvent(event_id="evt_late", kind="setup_intent.succeeded", object_id=intents[0])
        late.received_at = late.next_try_at = clock.wall_now()
        session.add(late)
    assert stripe_events.apply_waiting() == 1
    assert world.membership(dan).card_id == newest
    assert len(world.letters("card_updated")) == 2


def marks() -> list[datetime]:
    with db.reading() as session:
        return list(session.scalars(select(StripeAccount.caught_up_to)))


def test_nobody_is_charged_after_the_database_was_away_while_learning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(world)
    before = marks()

    def away(*_: object) -> int:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(catch_up, "learn", away)
        jobs.run("renew")
    assert (amounts(world), marks()) == ([9900], before)
    jobs.run("renew")
    assert amounts(world) == [9900, 9900]
    assert marks() > before
