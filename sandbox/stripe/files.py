"""The scripts a browser loads from the sandbox: `/stripe.js` and `/js/...`."""

from pathlib import Path

from sandbox.stripe.wire import Answer

_FOLDER = Path(__file__).parent / "js"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def file_answer(path: str, folder: Path = _FOLDER) -> Answer | None:
    """The file behind the path; None when there is none."""
    name = "stripe.js" if path == "/stripe.js" else path.removeprefix("/js/")
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or file.suffix not in _TYPES or not file.is_file():
        return None
    headers = {
        "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, file.read_bytes(), headers, _TYPES[file.suffix])
