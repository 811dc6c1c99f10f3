"""The pages: the list of letters, one letter in three views, its HTML in a locked frame, its files."""

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request

from sandbox.mailbox.frame import POLICY, framed_html
from sandbox.mailbox.letter import Attachment, Letter
from sandbox.mailbox.store import Store

LETTERS_A_PAGE = 50
VIEWS = ("html", "text", "headers")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

pages = Blueprint("mailbox", __name__)


def create_pages(store: Store) -> Flask:
    """The web application over one store; no page changes anything."""
    app = Flask(__name__)
    app.extensions["mailbox"] = store
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(size_in_words)
    app.add_template_filter(local_time)
    app.register_blueprint(pages)
    app.register_error_handler(404, _missing)
    app.after_request(_guard)
    return app


@pages.get("/")
def letters() -> str:
    """Newest first; `to` is part of a recipient's address, `before` the last number of the page before."""
    wanted = request.args.get("to", "").strip()
    before = request.args.get("before", type=int)
    found = [letter for letter in reversed(_store().letters()) if is_sent_to(letter, wanted)]
    left = [letter for letter in found if before is None or letter.number < before]
    return render_template(
        "letters.html",
        letters=left[:LETTERS_A_PAGE],
        has_more=len(left) > LETTERS_A_PAGE,
        found=len(found),
        wanted=wanted,
        before=before,
    )


@pages.get("/letters/<int:number>")
def letter(number: int) -> str:
    """One letter; without `view` as HTML, or as text where it has no HTML."""
    shown = _letter_or_404(number)
    view = request.args.get("view", "html" if shown.html else "text")
    if view not in VIEWS:
        abort(404)
    newer, older = _store().letter(number + 1), _store().letter(number - 1)
    return render_template("letter.html", letter=shown, view=view, newer=newer, older=older)


@pages.get("/letters/<int:number>/body.html")
def body(number: int) -> Response:
    """The HTML part alone, as the letter's frame loads it."""
    return Response(framed_html(_letter_or_404(number)), headers={"Content-Security-Policy": POLICY})


@pages.get("/letters/<int:number>/source.eml")
def source(number: int) -> Response:
    """The message byte for byte as it arrived."""
    return _download(Attachment(f"letter-{number}.eml", "message/rfc822", _letter_or_404(number).raw))


@pages.get("/letters/<int:number>/files/<int:position>")
def file(number: int, position: int) -> Response:
    """One file of a letter, counted from 1."""
    files = _letter_or_404(number).files
    if not 1 <= position <= len(files):
        abort(404)
    return _download(files[position - 1])


def is_sent_to(letter: Letter, wanted: str) -> bool:
    """Whether a recipient's address contains the words looked for; no words fit every letter."""
    return not wanted or any(wanted.casefold() in address.casefold() for address in letter.to)


def size_in_words(content: bytes) -> str:
    """A size as people read it: 812 bytes, 34 kB."""
    return f"{len(content)} bytes" if len(content) < 1000 else f"{len(content) / 1000:.0f} kB"


def local_time(letter: Letter) -> str:
    """When it arrived, in this machine's time zone: 22 Nov 2026, 05:41."""
    arrived = letter.received_at.astimezone()
    return f"{arrived.day} {arrived:%b %Y, %H:%M}"


def _store() -> Store:
    store: Store = current_app.extensions["mailbox"]
    return store


def _letter_or_404(number: int) -> Letter:
    found = _store().letter(number)
    if found is None:
        abort(404)
    return found


def _download(file: Attachment) -> Response:
    """A file to save; the pictures of the HTML are sent to be shown."""
    response = Response(file.content, content_type=file.content_type)
    if not (file.content_id and file.content_type.startswith("image/")):
        response.headers.set("Content-Disposition", "attachment", filename=file.filename)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _missing(_: Exception) -> tuple[str, int]:
    return render_template("missing.html"), 404


def _guard(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
