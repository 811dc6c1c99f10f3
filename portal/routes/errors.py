"""What a visitor reads when something is wrong: plainly, with a way on, and nothing lost."""

from __future__ import annotations

import structlog
from flask import Flask, Response, abort, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from portal.routes import access
from portal.routes.render import page

log = structlog.get_logger()
csrf = CSRFProtect()
FOREIGN = "The form stands on another site."

WORDS = {
    400: (
        "That did not arrive whole",
        "Something in the request was missing or changed on the way. Please go back and try again.",
    ),
    403: ("This is not open to you", "You may not do this here."),
    404: ("We cannot find this page", "The address may be mistyped, or the page is not yours to see."),
    405: ("That is not possible here", "Please go back and use the buttons of the page."),
    413: ("That is too large", "Please send less at once."),
    415: ("We cannot read that", "Please go back and use the form of the page."),
    429: ("Too many tries", "For your safety we ask you to wait a few minutes before you try again."),
    500: (
        "Something went wrong on our side",
        "It has been noted. Nothing that you had saved is lost. Please try again in a moment.",
    ),
    503: (
        "We will be right back",
        "The portal cannot reach its records at this moment. Nothing is lost. Please try again in a minute.",
    ),
}


def _page(status: int, title: str | None = None, words: str | None = None) -> Response:
    known_title, known_words = WORDS.get(status, WORDS[500])
    if status in {500, 503}:
        # The database may be what is away: the page of an error asks it for nothing.
        g.clinic = g.patient = None
    given = {"title": title or known_title, "words": words or known_words}
    return page("errors/page.html", status, clinic=access.clinic_or_none(), patient=None, **given)


def _http_error(error: HTTPException) -> Response:
    answer = _page(error.code or 500)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.allow.update(error.valid_methods)
    return answer


def _csrf_error(error: CSRFError) -> Response:
    log.info("refused", route=request.endpoint, reason="other site" if error.description == FOREIGN else "csrf")
    return _page(
        400,
        "This page was open for too long",
        "For your safety the form is no longer valid, and nothing was changed. "
        "Go back, reload the page and send it again.",
    )


def _database_away(error: Exception) -> Response:
    log.error("database away", route=request.endpoint, error=type(error).__name__)
    return _page(503)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", route=request.endpoint, error=type(error).__name__, exc_info=error)
    return _page(500)


def _refuse_unreadable() -> None:
    """What no page of ours sends: NUL, which PostgreSQL refuses in text, and JSON, which forms would read as fields."""
    if "\0" in request.path:
        g.clinic = None  # not looked for
        abort(404)
    if any("\0" in value for values in request.args.listvalues() for value in values):
        abort(400)
    if request.is_json and request.blueprint != "webhooks":
        abort(415)


def _refuse_foreign() -> None:
    """A form on another site, good token or not. Browsers say where it stands; what says nothing is no browser's."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_own_origin = origin is None or origin.partition("://")[2] == request.host
    if not (site in {"same-origin", "none"} if site else is_own_origin):
        raise CSRFError(FOREIGN)


def init_app(app: Flask) -> None:
    """Registers the pages of errors, and the check of every form's token."""
    app.before_request(_refuse_unreadable)
    app.before_request(_refuse_foreign)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    if not app.testing and not app.debug:
        app.register_error_handler(Exception, _unexpected)
