"""Alice and Dan of Lumina and Nora of Harbor, each with a browser that signs in by hand."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from portal import db
from portal.models import OutboxEmail
from portal.routes.limits import limiter
from tests.pages import PASSWORD, PageClient
from tests.routes.visitor import Visitor
from tests.world import World, code_in


def with_people(app: Flask, world: World) -> Flask:
    """The application, with three patients and nobody counted against a limit yet."""
    for name, slug in (("alice", "lumina"), ("dan", "lumina"), ("nora", "harbor")):
        world.arrive(name, slug)
    app.test_client_class = PageClient
    with app.app_context():
        limiter.reset()
    return app


def sign_in(app: Flask, email: str = "alice@example.com", clinic: str = "lumina", password: str = PASSWORD) -> Visitor:
    """A browser that has typed e-mail and password; whether it worked is for the test to see."""
    visitor = Visitor(app)
    visitor.open(f"/{clinic}/sign-in")
    visitor.press("Sign in", {"E-mail": email, "Password": password}, follow=False)
    return visitor


def is_signed_in(visitor: Visitor, clinic: str = "lumina") -> bool:
    """Whether the browser may open the account page."""
    visitor.open(f"/{clinic}/account")
    return visitor.at == f"/{clinic}/account"


def last_code(email: str) -> str:
    """The six digits of the newest letter to this address."""
    with db.reading() as session:
        wanted = select(OutboxEmail.text_body).where(OutboxEmail.to_address == email)
        body = session.scalars(wanted.order_by(OutboxEmail.id.desc())).first()
    assert body is not None, f"no letter to {email}"
    return code_in(body)
