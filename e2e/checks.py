"""What every page owes to everybody: no violation of WCAG 2.2 AA, one h1, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The frames are asked one by one, as axe cannot reach from the page into those of another origin.
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "iframes": False}
COLOURS = EVERYTHING | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_axe = Axe()


def assert_sound(page: Page) -> None:
    """The page as it stands now, its frames included."""
    _assert_none(page, [*_shape(page), *_violations(page, EVERYTHING)])


def assert_colours_sound(page: Page) -> None:
    """A page that was found sound, in its other colours."""
    _assert_none(page, _violations(page, COLOURS))


def _assert_none(page: Page, problems: list[str]) -> None:
    assert not problems, "\n".join(f"{page.url}: {problem}" for problem in problems)


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


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = []
    for frame in page.frames:
        # A frame that the page hides, such as the card field beside a saved card, is nobody's to read.
        is_shown = frame == page.main_frame or frame.frame_element().is_visible()
        if is_shown and frame.url.startswith("http"):
            results = _axe.run(frame, options=options)
            if results.violations_count:
                found.append(f"{frame.url}\n{results.generate_report()}")
    return found
