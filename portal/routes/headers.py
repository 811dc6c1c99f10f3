"""The headers of every answer: a strict content security policy, no storing of pages, no framing."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, Response, current_app, g, request

from portal.config import Config

STRIPE_FRAMES = "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
STRIPE_CALLS = "https://api.stripe.com https://*.stripe.com"


def allow_card_field() -> None:
    """Says that this page shows Stripe's card field: only then may it load Stripe's script and frames."""
    g.has_card_field = True


def content_security_policy(config: Config, has_card_field: bool) -> str:
    """The policy of a page; Stripe's origins stand in it only where the card field does."""
    own = config.stripe_js_origin
    is_live = own.endswith(".stripe.com")
    stripe_script = f" {own} https://*.js.stripe.com" if is_live else f" {own}"
    stripe_frames = STRIPE_FRAMES if is_live else own
    stripe_calls = STRIPE_CALLS if is_live else own
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'" + (stripe_script if has_card_field else ""),
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'" + (f" {stripe_calls}" if has_card_field else ""),
            "frame-src " + (stripe_frames if has_card_field else "'none'"),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _set_headers(answer: Response) -> Response:
    config: Config = current_app.config["PORTAL"]
    fixed = {
        "Content-Security-Policy": content_security_policy(config, g.get("has_card_field", False)),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "X-Request-Id": g.get("request_id", ""),
    }
    for name, value in fixed.items():
        answer.headers.setdefault(name, value)
    # Werkzeug adds a missing slash by a full address, made of a Host header that anybody may write.
    if answer.location and answer.location.startswith(request.host_url):
        answer.location = "/" + answer.location.removeprefix(request.host_url).lstrip("/")
    if config.environment == "production":
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return answer


def _begin_request() -> None:
    structlog.contextvars.clear_contextvars()
    g.request_id = request.headers.get("X-Request-Id", "")[:64] or secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def init_app(app: Flask) -> None:
    """Every answer passes here."""
    app.before_request(_begin_request)
    app.after_request(_set_headers)
