"""What every page owes to everybody: no violation of WCAG 2.2 AA, one h1, nothing wider than the screen."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The frames are asked one by one, as axe cannot reach from the page into those of another origin.
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "iframes": False}
_axe = Axe()


def assert_sound(page: Page) -> None:
    """The page as it stands now, its frames included."""
    problems = [f"{page.url}: {problem}" for problem in (*_shape(page), *_violations(page))]
    assert not problems, "\n".join(problems)


def _shape(page: Page) -> list[str]:
    headings, width, screen = page.evaluate(
        """() => [
            document.querySelectorAll("h1").length,
            document.documentElement.scrollWidth,
            document.documentElement.clientWidth,
        ]"""
    )
    problems = [] if headings == 1 else [f"{headings} h1"]
    return problems if width <= screen else [*problems, f"{width} px wide on a screen of {screen}"]


def _violations(page: Page) -> list[str]:
    found = []
    for frame in page.frames:
        # A frame that the page hides, such as the card field beside a saved card, is nobody's to read.
        is_shown = frame == page.main_frame or frame.frame_element().is_visible()
        if is_shown and frame.url.startswith("http"):
            results = _axe.run(frame, options=OPTIONS)
            if results.violations_count:
                found.append(f"{frame.url}\n{results.generate_report()}")
    return found
