"""What a demo or a test has instead of the outside world."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def attach(app: Flask) -> None:
    """Gives a portal whose PORTAL_SANDBOX is 1 the sandbox's commands, its bar and its start page."""
    from sandbox import bar, commands

    commands.init_app(app)
    bar.init_app(app)
