"""The settings, read once from the environment; what must be set and is not, stops the start with its name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LIVE_KEY_PREFIXES = ("sk_live_", "rk_live_", "pk_live_")
DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - refused in production
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class SettingsError(Exception):
    """A setting is missing or unsafe; the message names it."""


@dataclass(frozen=True)
class Config:
    """Every setting of the portal and of the scheduler. `docs/operations.md` explains each."""

    environment: str
    is_sandbox: bool
    secret_key: str
    var: Path
    database_url: str
    base_url: str
    stripe_secret_key: str
    stripe_publishable_key: str
    stripe_webhook_secret: str
    stripe_api_base: str
    stripe_js_url: str
    stripe_timeout: int
    mail_server: str
    mail_port: int
    mail_username: str | None
    mail_password: str | None
    mail_use_tls: bool
    mail_default_sender: str
    ratelimit_storage_uri: str
    log_level: str
    renew_workers: int
    draw_rate_per_account: int
    claim_lease: int
    trusted_proxies: int

    @classmethod
    def from_env(cls, environ: dict[str, str] | None = None) -> Config:
        """The settings of this process. Raises SettingsError naming the first setting that is missing or unsafe."""
        env = dict(os.environ) if environ is None else environ
        environment = env.get("PORTAL_ENV", "development")
        if environment not in {"production", "development", "test"}:
            raise SettingsError("PORTAL_ENV must be production, development or test")
        var = Path(env.get("PORTAL_VAR", "var")).absolute()
        config = cls(
            environment=environment,
            is_sandbox=env.get("PORTAL_SANDBOX", "0") == "1",
            secret_key=env.get("SECRET_KEY", "" if environment == "production" else DEVELOPMENT_SECRET),
            var=var,
            database_url=env.get("DATABASE_URL") or f"sqlite:///{var / 'portal.sqlite3'}",
            base_url=env.get("PORTAL_BASE_URL", "" if environment == "production" else "http://127.0.0.1:8000").rstrip(
                "/"
            ),
            stripe_secret_key=env.get("STRIPE_SECRET_KEY", ""),
            stripe_publishable_key=env.get("STRIPE_PUBLISHABLE_KEY", ""),
            stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
            stripe_api_base=env.get("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/"),
            stripe_js_url=env.get("STRIPE_JS_URL", "https://js.stripe.com/endive/stripe.js"),
            stripe_timeout=_whole_number(env, "STRIPE_TIMEOUT", 20),
            mail_server=env.get("MAIL_SERVER", "127.0.0.1"),
            mail_port=_whole_number(env, "MAIL_PORT", 25),
            mail_username=env.get("MAIL_USERNAME") or None,
            mail_password=env.get("MAIL_PASSWORD") or None,
            mail_use_tls=env.get("MAIL_USE_TLS", "0") in {"1", "true", "yes"},
            mail_default_sender=env.get("MAIL_DEFAULT_SENDER", "portal@localhost.localdomain"),
            ratelimit_storage_uri=env.get("RATELIMIT_STORAGE_URI", "memory://"),
            log_level=env.get("LOG_LEVEL", "INFO"),
            renew_workers=_whole_number(env, "RENEW_WORKERS", 8),
            draw_rate_per_account=_whole_number(env, "DRAW_RATE_PER_ACCOUNT", 10),
            claim_lease=_whole_number(env, "CLAIM_LEASE", 90),
            trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0, least=0),
        )
        config.check()
        return config

    def check(self) -> None:
        """Refuses unsafe settings: raises SettingsError with the name of the first one."""
        if self.environment == "production":
            self._check_production()
        elif any(key.startswith(LIVE_KEY_PREFIXES) for key in (self.stripe_secret_key, self.stripe_publishable_key)):
            raise SettingsError("STRIPE_SECRET_KEY: a live key is refused outside production")
        if self.is_sandbox and urlsplit(self.stripe_api_base).hostname not in LOOPBACK:
            raise SettingsError("STRIPE_API_BASE must be a loopback address while PORTAL_SANDBOX=1")

    def _check_production(self) -> None:
        required = {
            "SECRET_KEY": self.secret_key,
            "PORTAL_BASE_URL": self.base_url,
            "STRIPE_SECRET_KEY": self.stripe_secret_key,
            "STRIPE_PUBLISHABLE_KEY": self.stripe_publishable_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
        }
        for name, value in required.items():
            if not value:
                raise SettingsError(f"{name} is not set")
        if len(self.secret_key) < 32 or self.secret_key == DEVELOPMENT_SECRET:
            raise SettingsError("SECRET_KEY must be at least 32 random characters")
        if self.is_sandbox:
            raise SettingsError("PORTAL_SANDBOX must not be set in production")
        if "_test_" in self.stripe_secret_key or "_test_" in self.stripe_publishable_key:
            raise SettingsError("STRIPE_SECRET_KEY: a test key is refused in production")
        if not self.base_url.startswith("https://"):
            raise SettingsError("PORTAL_BASE_URL must start with https:// in production")
        # A request is sent three times at most; a claim that ends before could be given up while its money is taken.
        if self.claim_lease <= 3 * self.stripe_timeout:
            raise SettingsError("CLAIM_LEASE must be longer than three times STRIPE_TIMEOUT")

    @property
    def stripe_js_origin(self) -> str:
        """Where Stripe.js comes from: scheme, host and port, for the content security policy of card pages."""
        parts = urlsplit(self.stripe_js_url)
        return f"{parts.scheme}://{parts.netloc}"


def _whole_number(env: dict[str, str], name: str, default: int, least: int = 1) -> int:
    try:
        number = int(env.get(name, default))
    except ValueError as error:
        raise SettingsError(f"{name} must be a whole number") from error
    if number < least:
        raise SettingsError(f"{name} must be at least {least}")
    return number
