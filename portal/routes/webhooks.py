"""Stripe's events: verified, kept by id, answered at once; a job applies what could not be applied here."""

from __future__ import annotations

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.routes.access import anyone
from portal.routes.errors import csrf
from portal.services.billing import stripe_events

log = structlog.get_logger()
blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/stripe")
@csrf.exempt
@anyone
def stripe() -> ResponseReturnValue:
    """200 once the event is kept; 400 for one that Stripe did not sign."""
    try:
        stripe_events.receive(request.get_data(), request.headers.get("Stripe-Signature", ""), clock.wall_now())
    except stripe_events.Forged:
        log.warning("refused", route="webhooks.stripe", reason="forged")
        return "signature refused\n", 400
    return "kept\n", 200
