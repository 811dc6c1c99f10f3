"""Says what kind of picture a clinic's logo is, and refuses one that could run a script."""

from __future__ import annotations

import re
from xml.etree import ElementTree

MOST_BYTES = 200_000
SVG = "image/svg+xml"
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_REFUSED_ELEMENTS = {"script", "foreignObject", "iframe", "a", "image", "animate", "set", "handler"}
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|<\?xml-stylesheet", re.IGNORECASE)
_OTHER_ENCODING = re.compile(r"<\?xml[^>]*encoding=['\"](?!utf-8['\"])", re.IGNORECASE)
_NO_PICTURE = "a logo is an SVG, PNG, JPEG or WEBP picture; this file is none of them"


def media_type(picture: bytes) -> str:
    """The media type of an SVG, PNG, JPEG or WEBP logo, told from its bytes; ValueError with the reason."""
    if len(picture) > MOST_BYTES:
        raise ValueError(f"a logo may have {MOST_BYTES // 1000} KB, this one has {len(picture) // 1000} KB")
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    _check_svg(picture)
    return SVG


def _check_svg(picture: bytes) -> None:
    try:
        text = picture.decode("utf-8-sig")
        # A declaration could bring entities that grow or read files: refused before anything is parsed.
        if "<!" in text.replace("<!--", "") or _OTHER_ENCODING.search(text):
            raise ValueError("a logo's SVG is UTF-8 and holds no DOCTYPE, entities or CDATA")
        root = ElementTree.fromstring(text)  # noqa: S314 - no declarations are left that could do harm
    except (ElementTree.ParseError, UnicodeDecodeError):
        raise ValueError(_NO_PICTURE) from None
    if root.tag != f"{_NAMESPACE}svg":
        raise ValueError(_NO_PICTURE)
    if _OUTSIDE.search(text):
        raise ValueError("a logo's SVG may not load anything from outside")
    for element in root.iter():
        _check_element(element)


def _check_element(element: ElementTree.Element) -> None:
    name = str(element.tag).rpartition("}")[2]
    if name in _REFUSED_ELEMENTS:
        raise ValueError(f"a logo's SVG may not hold <{name}>")
    for attribute, value in element.attrib.items():
        local = attribute.rpartition("}")[2].lower()
        if local.startswith("on"):
            raise ValueError(f"a logo's SVG may not hold the attribute {local}")
        if local == "href" and not value.startswith("#"):
            raise ValueError("a logo's SVG may not load anything from outside")
