"""The wizard's pages from the first to the last, without scripts; the card field's script is played."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pages import PageClient, words
from tests.routes.join_walk import Walk
from tests.world import World

Visit = Callable[[], PageClient]


@pytest.fixture
def dan(world: World, visit: Visit) -> Walk:
    world.arrive("dan")
    return Walk(visit().sign_in("dan"))


def test_dan_becomes_a_member(world: World, dan: Walk) -> None:
    dan.to_payment(draw_day=31, coupon="SPRING20")
    payment = dan.page("payment").words
    assert "Pay $79.20 and become a member" in payment
    answer = dan.pay(world.stripe.url)
    assert answer.status_code == 303
    done = dan.browser.get(answer.location)
    assert "You are a member" in words(done)
    assert "Your next charge is $79.20 on February 28, 2027" in words(done)
    assert [charge["amount"] for charge in world.charges()] == [7920]
