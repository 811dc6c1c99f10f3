"""What web, scheduler and commands open alike before their first work: clock, database, Stripe, mail, letters."""

from __future__ import annotations

from portal import clock, db, letters_env, logs
from portal.config import Config
from portal.gateways import mailer, stripe_gateway


def connect_outside(config: Config) -> None:
    """Opens what web, scheduler and commands share: clock, database, Stripe, mail, letters."""
    config.var.mkdir(parents=True, exist_ok=True)
    logs.configure(config.log_level)
    clock.configure(config.var / "sandbox-clock.json" if config.is_sandbox else None)
    db.connect(config.database_url)
    stripe_gateway.configure(config)
    mailer.configure(config)
    letters_env.configure(config)
