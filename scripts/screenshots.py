"""Takes the pictures of docs/pictures anew: starts a demo of its own, joins as Dan, and stops it again."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs/pictures"
PORT = os.environ.get("SCREENSHOTS_PORT", "8700")
PORTAL = f"http://127.0.0.1:{PORT}"
PASSWORD = "demo-pass-2026"  # noqa: S105 - the demo's, printed in the README
SECONDS_TO_START = 180
DESKTOP_WIDTH = 1180
PHONE = ViewportSize(width=390, height=844)
CARD_FRAME = 'iframe[title="Secure card payment input frame"]'


@contextlib.contextmanager
def running_demo() -> Iterator[str]:
    """A demo on data of its own; yields the mailbox's address. Raises RuntimeError when it does not start."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"
        with log.open("w") as output:
            demo = subprocess.Popen(
                [sys.executable, "-m", "sandbox.demo"],
                cwd=ROOT,
                env=os.environ | {"PORT": PORT, "PORTAL_VAR": folder, "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _mailbox_address(demo, log)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)


def _mailbox_address(demo: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and demo.poll() is None:
        found = re.search(r"Mailbox +(http\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.3)
    raise RuntimeError(f"the demo did not start:\n{log.read_text()}")


def main() -> None:
    """Every picture, light and dark."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with running_demo() as mailbox, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        desk = browser.new_context(viewport={"width": DESKTOP_WIDTH, "height": 900}).new_page()
        desk.goto(f"{PORTAL}/lumina/")
        take(desk, "public", height=1220)
        fill_in_until_details(desk)
        take_on_a_phone(browser, desk.context, desk.url, "details-phone")
        sign(desk)
        take(desk, "payment", height=1380)
        pay(desk)
        desk.goto(f"{PORTAL}/lumina/memberships")
        desk.get_by_role("button", name="Jump to the next draw day").click()
        desk.get_by_text("Draws: ").wait_for()
        # The heading of the page, not the sentence of the jump, is what the picture is about.
        desk.goto(f"{PORTAL}/lumina/memberships")
        desk.get_by_role("link", name="Membership details").first.click()
        take(desk, "membership", height=1180)
        open_letter(desk, mailbox, "welcome")
        take(desk, "letter", height=1180)
        browser.close()


def fill_in_until_details(page: Page) -> None:
    """Signs in as Dan, chooses Glow and applies the coupon on the details step."""
    page.get_by_role("link", name="Become a member").first.click()
    page.get_by_label("E-mail").fill("dan@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Choose Glow").check(force=True)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/details")
    page.get_by_label("Draw day").fill("31")
    page.get_by_label("Coupon code").fill("SPRING20")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Remove").wait_for()


def sign(page: Page) -> None:
    """From the details through the agreement to the payment."""
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/agreement")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Type your full name").fill("Dan Delgado")
    page.get_by_role("button", name="Sign and continue").click()
    page.wait_for_url("**/payment")


def pay(page: Page) -> None:
    """Pays with the test card that always works."""
    frame = page.frame_locator(CARD_FRAME)
    frame.get_by_label("Card number").fill("4242424242424242")
    frame.get_by_label("Expiration date").fill("12 / 34")
    frame.get_by_label("Security code").fill("123")
    if frame.get_by_label("ZIP code").count():
        frame.get_by_label("ZIP code").fill("94105")
    page.get_by_role("button", name=re.compile("Pay .* and become a member")).click()
    page.wait_for_url("**/done", timeout=30_000)


def open_letter(page: Page, mailbox: str, subject: str) -> None:
    """Opens Dan's letter with this in its subject, once it has arrived."""
    for _ in range(30):
        page.goto(mailbox)
        found = page.get_by_role("link", name=re.compile(subject, re.IGNORECASE))
        if found.count():
            found.first.click()
            return
        time.sleep(1)
    raise RuntimeError(f"no letter about {subject!r} has arrived")


def take_on_a_phone(browser: Browser, signed_in: BrowserContext, address: str, name: str) -> None:
    """The same page on a phone, with the sharpness of one."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, storage_state=signed_in.storage_state())
    page = context.new_page()
    page.goto(address)
    page.get_by_role("heading", name="Your payments").evaluate("e => e.scrollIntoView()")
    take(page, name)
    context.close()


def take(page: Page, name: str, height: int | None = None) -> None:
    """Two small PNGs, light and dark, of a window so high; with a height given the page is loaded anew for each.

    The card's frame chooses its colours when it is loaded.
    """
    if height:
        page.set_viewport_size({"width": DESKTOP_WIDTH, "height": height})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        if height:
            page.reload(wait_until="networkidle")
        if page.locator(CARD_FRAME).count():
            page.frame_locator(CARD_FRAME).get_by_label("Card number").wait_for()
        page.wait_for_timeout(500)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        target = PICTURES / f"{name}-{scheme}.png"
        picture.quantize(palette=palette(picture), dither=Image.Dither.NONE).save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KB")
    page.emulate_media(color_scheme="light")


def palette(picture: Image.Image) -> Image.Image:
    """256 colours of a picture, each weighed by the root of how often it occurs: a small star keeps its own."""
    counted = picture.getcolors(picture.width * picture.height) or []
    swatches = [colour for count, colour in counted for _ in range(math.isqrt(count) + 1)]
    row = Image.new("RGB", (len(swatches), 1))
    row.putdata(swatches)
    return row.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1)


if __name__ == "__main__":
    main()
