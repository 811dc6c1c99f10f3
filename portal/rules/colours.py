"""Colours: from a clinic's one colour, all that its pages need, readable in light and dark by computation."""

import re
from typing import NamedTuple

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
TEXT_CONTRAST = 4.5
UI_CONTRAST = 3.0
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 50


class Scheme(NamedTuple):
    """The neutral colours of one mode, as in portal.css: a page's ground, a panel's surface, muted text.

    `stop` is the colour towards which a clinic's colour moves until it can be seen; the shares are how much
    of the clinic's colour is in a soft background and a border.
    """

    ground: Rgb
    surface: Rgb
    muted: Rgb
    stop: Rgb
    soft_share: float
    border_share: float


class Accent(NamedTuple):
    """What one mode needs of the clinic's colour; each as "#rrggbb"."""

    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_border: str
    accent_text: str


LIGHT = Scheme((250, 249, 247), WHITE, (92, 86, 80), BLACK, 0.08, 0.34)
DARK = Scheme((18, 17, 16), (28, 27, 25), (184, 178, 170), WHITE, 0.12, 0.42)


def rgb(colour: str) -> Rgb:
    """The three channels (0-255) of "#rrggbb". Raises ValueError for any other form of colour."""
    if not _HEX.fullmatch(colour):
        raise ValueError(f"a colour is written #rrggbb, not {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, definition of "contrast ratio"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def accent(colour: str, scheme: Scheme) -> Accent:
    """The clinic's colour made usable in one mode.

    The fill stays near the clinic's own colour and can be told from ground and surface (>= 3:1); text and
    lines in it read on ground, surface and the soft background (>= 4.5:1); so does what stands on the fill:
    white wherever a slightly deeper fill allows, because black on a middling colour looks like a mistake.
    Raises ValueError for a malformed colour.
    """
    own = rgb(colour)
    soft = _mixed(scheme.surface, own, scheme.soft_share)
    fill = _moved(own, scheme.stop, (scheme.ground, scheme.surface), UI_CONTRAST)
    fill, on_fill = _with_text(fill, scheme)
    text = _moved(fill, scheme.stop, (scheme.ground, scheme.surface, soft), TEXT_CONTRAST)
    hover = _mixed(fill, BLACK, 0.12)
    if contrast(hover, on_fill) < TEXT_CONTRAST or contrast(hover, scheme.surface) < UI_CONTRAST:
        hover = fill
    border = _mixed(scheme.surface, text, scheme.border_share)
    return Accent(*(_hex(part) for part in (fill, hover, on_fill, soft, border, text)))


def theme_css(colour: str) -> str:
    """The body of a clinic's theme.css: its custom properties, light first, then dark where the system asks.

    Raises ValueError for a colour not written #rrggbb.
    """
    light, dark = _declarations(accent(colour, LIGHT)), _declarations(accent(colour, DARK))
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _with_text(fill: Rgb, scheme: Scheme) -> tuple[Rgb, Rgb]:
    """The fill, deepened if that lets white read on it, and the colour of the text on it."""
    if contrast(fill, WHITE) >= UI_CONTRAST:
        deeper = _moved(fill, BLACK, (WHITE,), TEXT_CONTRAST)
        if min(contrast(deeper, scheme.ground), contrast(deeper, scheme.surface)) >= UI_CONTRAST:
            return deeper, WHITE
    return fill, BLACK


def _declarations(shades: Accent) -> str:
    return ";".join(f"--{name.replace('_', '-')}:{value}" for name, value in shades._asdict().items())


def _luminance(colour: Rgb) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2, definition of "relative luminance"."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _moved(colour: Rgb, stop: Rgb, backgrounds: tuple[Rgb, ...], ratio: float) -> Rgb:
    """The first colour on the way to `stop` with that contrast to every background, or `stop` itself."""
    for step in range(_STEPS):
        candidate = _mixed(colour, stop, step / _STEPS)
        if all(contrast(candidate, background) >= ratio for background in backgrounds):
            return candidate
    return stop


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
