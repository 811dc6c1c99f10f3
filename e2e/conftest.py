"""What the journeys share: the portal behind a web server, its sandbox, Chromium, and a watch over it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import sandbox
from e2e.door import Door
from e2e.watch import Watch
from portal import clock, db, startup
from portal.app import create_app
from portal.config import Config
from portal.routes.limits import limiter
from sandbox.mailbox import server as mailbox_server
from sandbox.mailbox.server import RunningMailbox
from sandbox.stripe import server as stripe_server
from sandbox.stripe.server import RunningStripe
from scheduler import jobs
from tests.databases import fresh_sqlite
from tests.world import World

STARTS_ON = "2027-01-12"
WEBHOOK_SECRET = "whsec_sandbox"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


class Screen(NamedTuple):
    """A kind of device, and the colours that its owner likes."""

    name: str
    width: int
    height: int
    scheme: str = "light"


DESKTOP = Screen("desktop", 1280, 844)
PHONE = Screen("phone", 390, 844, "dark")
OpenBrowser = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium; nothing is downloaded."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"No browser: install Chromium ({', '.join(NAMES)}), or name one in CHROMIUM."
    return {**browser_type_launch_args, "executable_path": found, "args": SWITCHES.split()}


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[RunningStripe]:
    """One sandbox Stripe a process."""
    with stripe_server.start() as running:
        yield running


@pytest.fixture(scope="session")
def running_mailbox() -> Iterator[RunningMailbox]:
    """One mailbox a process."""
    with mailbox_server.start() as running:
        yield running


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """One address a process for the portals of all tests."""
    door = Door()
    yield door
    door.close()


@pytest.fixture(scope="session")
def base_url(door: Door) -> str:
    """What the browser's addresses begin with."""
    return door.url


@pytest.fixture
def world(
    tmp_path: Path, door: Door, running_stripe: RunningStripe, running_mailbox: RunningMailbox
) -> Iterator[World]:
    """Two clinics and a running portal on 12 January 2027, 10 o'clock in Los Angeles; only Dan has come.

    Always on a fresh SQLite file: what differs on PostgreSQL is below the pages, and tested there.
    """
    running_stripe.reset()
    running_stripe.add_webhook(f"{door.url}/webhooks/stripe", WEBHOOK_SECRET)
    running_mailbox.clear()
    config = _config(tmp_path, door.url, running_stripe.url, running_mailbox.smtp_port)
    startup.connect_outside(config)
    jobs.configure(config)
    world = World(config, running_stripe, running_mailbox)
    world.go_to(STARTS_ON)
    world.open_clinics()
    world.arrive("dan")
    app = create_app(config)
    sandbox.attach(app)
    with app.app_context():
        limiter.reset()
    door.application = app
    yield world
    door.application = None
    db.disconnect()
    clock.configure(None)


@pytest.fixture(params=[DESKTOP, PHONE], ids=lambda screen: screen.name)
def screen(request: pytest.FixtureRequest) -> Screen:
    """The device: a test that names it runs on each."""
    chosen: Screen = request.param
    return chosen


@pytest.fixture
def watch(world: World, door: Door) -> Iterator[Watch]:
    """Fails the test at its end for everything that a browser complained about."""
    watch = Watch(door.url, world.stripe.url)
    yield watch
    assert not watch.faults(), "\n".join(watch.faults())


@pytest.fixture
def open_browser(watch: Watch, new_context: Callable[..., BrowserContext]) -> OpenBrowser:
    """open_browser(screen): a page of a browser that knows nobody; with scripts=False it runs none."""

    def opened(screen: Screen = DESKTOP, scripts: bool = True) -> Page:
        context = new_context(
            viewport={"width": screen.width, "height": screen.height},
            color_scheme=screen.scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-US",
            service_workers="block",
        )
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        return context.new_page()

    return opened


def _config(folder: Path, portal_url: str, stripe_url: str, smtp_port: int) -> Config:
    return Config.from_env(
        {
            "PORTAL_ENV": "test",
            "PORTAL_SANDBOX": "1",
            "PORTAL_VAR": str(folder / "var"),
            "DATABASE_URL": fresh_sqlite(folder),
            "PORTAL_BASE_URL": portal_url,
            "STRIPE_SECRET_KEY": "sk_test_sandbox",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_BASE": stripe_url,
            "STRIPE_JS_URL": f"{stripe_url}/stripe.js",
            "MAIL_PORT": str(smtp_port),
            "STRIPE_TIMEOUT": "5",
            "DRAW_RATE_PER_ACCOUNT": "1000",
            "RENEW_WORKERS": "2",
            "LOG_LEVEL": "CRITICAL",
        }
    )
