"""Whole page or part: the only place that knows htmx's headers."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue


def wants_part() -> bool:
    """True only for a real htmx swap: not boosted, not a restore of history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page(template: str, status: int = 200, **given: Any) -> Response:
    """A whole page."""
    return _answer(render_template(template, **given), status)


def page_or_part(page_template: str, part_template: str, status: int = 200, **given: Any) -> Response:
    """The part for an htmx swap, the whole page for everyone else; both from the same values."""
    return _answer(render_template(part_template if wants_part() else page_template, **given), status)


def done(target: str, message: str | None = None) -> ResponseReturnValue:
    """After a change: on to `target` (303, or HX-Redirect for htmx), with a message to read there."""
    if message:
        flash(message)
    if wants_part():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303)


def _answer(body: str, status: int) -> Response:
    answer = make_response(body, status)
    answer.headers["Vary"] = "HX-Request"
    return answer
