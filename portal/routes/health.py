"""What an operator's monitor asks: is the process alive, and can it do its work."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from portal import db
from portal.routes.access import anyone

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@anyone
def alive() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/readyz")
@anyone
def ready() -> ResponseReturnValue:
    """The database answers too; a 503 page otherwise."""
    with db.reading() as session:
        session.execute(text("SELECT 1"))
    return "ready\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
