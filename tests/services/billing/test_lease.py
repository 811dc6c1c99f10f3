"""The lease of a claim outlasts the longest request, or production does not start."""

from __future__ import annotations

import pytest

from portal.config import Config, SettingsError

PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "0123456789abcdef" * 2,
    "PORTAL_BASE_URL": "https://portal.example",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}


def test_a_lease_shorter_than_three_timeouts_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="CLAIM_LEASE"):
        Config.from_env(PRODUCTION | {"CLAIM_LEASE": "60", "STRIPE_TIMEOUT": "20"})


def test_the_lease_that_nobody_set_is_long_enough() -> None:
    assert Config.from_env(PRODUCTION).claim_lease > 3 * Config.from_env(PRODUCTION).stripe_timeout
