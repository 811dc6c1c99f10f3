"""`python -m sandbox.demo`: the whole portal on this machine, with play money and a mailbox, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from sandbox.children import Children
from sandbox.mailbox import server as mailbox
from sandbox.ports import HOST, is_free, wanted_or_free
from sandbox.stripe import server as stripe
from sandbox.world.people import PASSWORD, PEOPLE

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 60
WORLD_IS_BUILT = "world-is-built"
STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, WEBHOOK_SECRET = "sk_test_demo", "pk_test_demo", "whsec_demo"


class CannotStart(Exception):
    """The demo cannot start; the message says why and what to do."""


def main() -> None:
    """Runs the demo, or with --reset forgets its data and makes the world anew."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget the demo's data and build it anew")
    is_reset = parser.parse_args().reset
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    folder = Path(os.environ.get("PORTAL_VAR") or "var").absolute() / "demo"
    try:
        with _alone(folder):
            if is_reset or not (folder / WORLD_IS_BUILT).exists():
                _forget(folder)
            run(folder, _wanted_port(), stopped, is_reset)
    except CannotStart as fault:
        sys.exit(f"The demo cannot start: {fault}")


def run(folder: Path, port: int, stopped: threading.Event, is_reset: bool) -> None:
    """Starts everything, says where it is, and waits. Raises CannotStart; whatever was started is stopped."""
    if not is_reset and not is_free(port):
        raise CannotStart(f"port {port} is taken. Stop what runs there, or say: make demo PORT=8100")
    with contextlib.ExitStack() as stack:
        bank = stack.enter_context(
            stripe.start(
                wanted_or_free(port + 1),
                file=folder / "stripe.json",
                secret_key=STRIPE_SECRET_KEY,
                publishable_key=STRIPE_PUBLISHABLE_KEY,
            )
        )
        box = stack.enter_context(mailbox.start(wanted_or_free(port + 3), wanted_or_free(port + 2), folder / "letters"))
        environ = _environ(folder, port, bank.url, box.smtp_port, box.url)
        _make_world(folder, environ)
        if is_reset:
            print("The demo starts afresh: make demo")
            return
        bank.add_webhook(f"http://{HOST}:{port}/webhooks/stripe", WEBHOOK_SECRET)
        children = Children(environ, folder)
        stack.callback(children.stop)
        children.start("web", *_gunicorn(port))
        # The scheduler follows, so that the two do not slow one another's start.
        _wait_until_ready(f"http://{HOST}:{port}/readyz", children, stopped)
        children.start("scheduler", "scheduler")
        _say_where(port, bank.url, box.url, folder)
        while not stopped.wait(1):
            _check(children)
        print("\nStopping ...", flush=True)


def _environ(folder: Path, port: int, stripe_url: str, smtp_port: int, mailbox_url: str) -> dict[str, str]:
    foreign = {"DATABASE_URL", "MAIL_USERNAME", "MAIL_PASSWORD", "RATELIMIT_STORAGE_URI"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return kept | {
        "PORTAL_ENV": "development",
        "PORTAL_SANDBOX": "1",
        "PORTAL_VAR": str(folder),
        "PORTAL_BASE_URL": f"http://{HOST}:{port}",
        "SECRET_KEY": _kept_secret(folder / "secret-key"),
        "STRIPE_SECRET_KEY": STRIPE_SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": STRIPE_PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": stripe_url,
        "STRIPE_JS_URL": f"{stripe_url}/stripe.js",
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(smtp_port),
        "MAIL_USE_TLS": "0",
        "MAIL_DEFAULT_SENDER": "portal@demo.example",
        "SANDBOX_MAILBOX_URL": mailbox_url,
        "PYTHONUNBUFFERED": "1",
    }


def _kept_secret(file: Path) -> str:
    if not file.exists():
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def _make_world(folder: Path, environ: dict[str, str]) -> None:
    """Brings the database to the newest migration; builds the world where that was not finished before."""
    is_built = folder / WORLD_IS_BUILT
    if is_built.exists() and is_built.read_text() == _newest_migration():
        return
    # Only now, as a start with nothing to make should not wait for these.
    from portal import schema, startup
    from portal.config import Config
    from sandbox.world import seed
    from scheduler import jobs

    config = Config.from_env(environ)
    schema.upgrade(config.database_url)
    if not is_built.exists():
        print("Building the demo's world: two clinics and a year of history ...", flush=True)
        startup.connect_outside(config)
        jobs.configure(config)
        for sentence in seed.build(config):
            print(f"  {sentence}", flush=True)
    is_built.write_text(_newest_migration())


def _newest_migration() -> str:
    return max(path.name for path in (ROOT / "migrations/versions").glob("[0-9]*.py"))


def _gunicorn(port: int) -> list[str]:
    return [
        "gunicorn",
        f"--bind={HOST}:{port}",
        "--worker-class=gthread",
        "--threads=8",
        "--no-control-socket",
        "--graceful-timeout=5",
        "--timeout=300",  # a jump of a year runs within one request
        "wsgi:app",
    ]


def _wait_until_ready(address: str, children: Children, stopped: threading.Event) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and not stopped.is_set():
        _check(children)
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
            return
        time.sleep(0.1)
    if not stopped.is_set():
        words = children.last_words("web")
        raise CannotStart(f"the web did not answer within {SECONDS_TO_START} seconds:\n{words}")


def _check(children: Children) -> None:
    ended = children.ended()
    if ended:
        raise CannotStart(f"{ended} has ended by itself:\n{children.last_words(ended)}")


def _say_where(port: int, stripe_url: str, mailbox_url: str, folder: Path) -> None:
    portal = f"http://{HOST}:{port}"
    print(f"\n  The demo            {portal}/sandbox/")
    print(f"  Lumina Aesthetics   {portal}/lumina/")
    print(f"  Harbor Skin Studio  {portal}/harbor/")
    print(f"  Mailbox             {mailbox_url}")
    print(f"  Sandbox Stripe      {stripe_url}  (card 4242 4242 4242 4242, any later date, any code)")
    print(f"\n  Sign in with the password {PASSWORD}:")
    for person in PEOPLE:
        print(f"    {portal}/{person.clinic}/sign-in  {person.email:<19} {person.story}")
    print(f"\n  Logs and data are in {folder}. Ctrl-C stops everything.\n", flush=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[TextIO]:
    """Holds the folder while the demo runs, so that no second one writes into it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"another one is running on {folder}. Stop it first.") from None
        yield lock


def _forget(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _wanted_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
