"""create_app(): the web application on one screen; each room registers itself."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Config
from portal.routes import access, errors, filters, headers, limits, register, static_files
from portal.routes.sign_in_cookie import CookiePerClinic
from portal.startup import connect_outside


def create_app(config: Config | None = None) -> Flask:
    """The WSGI application. Raises SettingsError naming the setting that is missing or unsafe."""
    config = config or Config.from_env()
    connect_outside(config)
    app = Flask("portal")
    app.config.update(
        PORTAL=config,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_SECURE=config.environment == "production",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1024 * 1024,
        RATELIMIT_STORAGE_URI=config.ratelimit_storage_uri,
    )
    app.session_interface = CookiePerClinic()
    for room in (filters, headers, limits, errors, access, register, static_files):
        room.init_app(app)
    if config.trusted_proxies:
        proxies = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app
