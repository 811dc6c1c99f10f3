"""How a page and a change are answered: the only place that knows htmx's headers."""

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
    answer = make_response(render_template(template, **given), status)
    answer.headers["Vary"] = "HX-Request"
    return answer


def done(target: str, message: str | None = None) -> ResponseReturnValue:
    """After a change: on to `target` (303, or HX-Redirect for htmx), with a message to read there."""
    if message:
        flash(message)
    if wants_part():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = target
        return answer
    return redirect(target, 303)
