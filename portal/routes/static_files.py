"""Styles, scripts and fonts: served compressed, for a year, under addresses that change with their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import Config

A_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Puts WhiteNoise before the application, over a compressed copy of the files in the data folder."""
    config: Config = app.config["PORTAL"]
    source = Path(app.static_folder or "")
    app.config["STATIC_VERSION"] = version = _version(source)
    folder = _compressed_copy(source, config.var / "static" / version)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=folder,
        prefix="static/",
        max_age=A_YEAR,
        allow_all_origins=False,
        add_headers_function=_set_headers,
    )
    app.url_defaults(_add_version)


def _version(source: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(source)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _compressed_copy(source: Path, target: Path) -> Path:
    """Each file, and beside it a compressed one where smaller; made once a version, by the process that is first."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=target.parent))
    shutil.copytree(source, made, dirs_exist_ok=True)
    compressor = Compressor(quiet=True)
    for file in [path for path in made.rglob("*") if path.is_file() and compressor.should_compress(path.name)]:
        compressor.compress(str(file))
    made.chmod(0o755)
    try:
        os.rename(made, target)
    except OSError:
        # Another process was first.
        shutil.rmtree(made)
    return target


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("v", current_app.config["STATIC_VERSION"])


def _set_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
