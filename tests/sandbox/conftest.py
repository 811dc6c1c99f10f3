"""A fresh sandbox Stripe for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from sandbox.stripe.server import RunningStripe, start
from tests.sandbox.shop import Shop


@pytest.fixture(autouse=True)
def _without_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def server() -> Iterator[RunningStripe]:
    with start() as running:
        yield running


@pytest.fixture
def shop(server: RunningStripe) -> Shop:
    return Shop(server)
