"""How often one address may ask for something that guesses could be made with."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], strategy="moving-window", headers_enabled=False)


def init_app(app: Flask) -> None:
    """Counts in memory, or where RATELIMIT_STORAGE_URI says."""
    limiter.init_app(app)
