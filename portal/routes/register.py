"""Every blueprint of the portal, and the order in which they stand."""

from __future__ import annotations

from flask import Flask

from portal.routes import (
    account,
    cancel,
    cards,
    clinic,
    documents,
    health,
    join,
    join_agreement,
    join_details,
    join_payment,
    memberships,
    payments,
    sign_in,
    sign_up,
    webhooks,
)

BLUEPRINTS = (
    health.blueprint,
    webhooks.blueprint,
    clinic.blueprint,
    sign_in.blueprint,
    sign_up.blueprint,
    account.blueprint,
    join.blueprint,
    join_details.blueprint,
    join_agreement.blueprint,
    join_payment.blueprint,
    memberships.blueprint,
    cancel.blueprint,
    cards.blueprint,
    payments.blueprint,
    documents.blueprint,
)


def init_app(app: Flask) -> None:
    """Registers them all."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
