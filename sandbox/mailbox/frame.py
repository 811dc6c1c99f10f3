"""A letter's HTML as its frame may show it: its own pictures, links that open outside, nothing that runs."""

import re
from urllib.parse import unquote

from flask import url_for

from sandbox.mailbox.letter import Letter

# A letter is foreign text: no script, no form, no style from elsewhere; its links open in a tab of their own.
POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src * data:;"
    " style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
)
BASE = '<base target="_blank">'
HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
PICTURE = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)


def framed_html(letter: Letter) -> str:
    """The HTML part with `cid:` addresses turned into addresses of the letter's own files."""
    places = {file.content_id: position for position, file in enumerate(letter.files, 1) if file.content_id}

    def own_picture(match: re.Match[str]) -> str:
        position = places.get(unquote(match[1]))
        return url_for("mailbox.file", number=letter.number, position=position) if position else match[0]

    html = PICTURE.sub(own_picture, letter.html)
    if HEAD.search(html):
        return HEAD.sub(lambda match: match[0] + BASE, html, count=1)
    return BASE + html
