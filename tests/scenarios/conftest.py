"""What scenarios share: retries that do not wait, and books that are compared with Stripe's after every story."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from portal.gateways import stripe_gateway
from tests.scenarios.books import assert_books_are_right
from tests.world import World


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK and the gateway pause between retries for seconds; a test has none to spare."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)
    monkeypatch.setattr(stripe_gateway, "RATE_LIMIT_WAITS", (0.01, 0.01, 0.01))


@pytest.fixture(autouse=True)
def _books(world: World) -> Iterator[None]:
    """Whatever a story did, at its end the books are whole and are Stripe's."""
    yield
    assert_books_are_right(world)
