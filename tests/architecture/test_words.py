"""One word for one thing: names use the glossary, and none of the words that say nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import listed, name, python_files, syntax

ROOMS = ("portal", "scheduler", "sandbox")
FIRST_WORDS = {"get", "do", "handle", "process"}
EMPTY_WORDS = {"manager", "helper", "helpers", "data", "info", "util", "utils"}
OTHER_WORDS = {
    "tenant": "clinic", "subscription": "membership", "tier": "plan", "signup": "sign_up or enrollment",
    "rebill": "draw", "overdue": "past_due", "freeze": "hold", "terminate": "end", "promo": "coupon",
    "voucher": "coupon", "notification": "notice or letter", "cron": "job", "fragment": "part",
}  # fmt: skip
# A library calls these by their names.
CALLED_BY_LIBRARIES = {
    "get_id", "get_cookie_name", "process_bind_param", "process_result_value", "process_formdata",
    "process_data", "handle_DATA", "handle_RCPT", "handle_MAIL", "handle_HELO", "handle_EHLO",
    "handle_exception", "handle_error", "do_GET", "do_POST", "do_DELETE", "do_HEAD", "do_PUT", "do_OPTIONS",
}  # fmt: skip


def test_names_of_modules_functions_and_classes_say_something() -> None:
    found = [
        f"{where} {written}: {complaint}"
        for path in python_files(*ROOMS)
        for where, written in _names(path)
        if (complaint := _complaint(written))
    ]
    assert not found, listed(found)


def _names(path: Path) -> Iterator[tuple[str, str]]:
    yield name(path), path.stem
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{name(path)}:{node.lineno}", node.name


def _complaint(written: str) -> str:
    if written in CALLED_BY_LIBRARIES:
        return ""
    words = written.strip("_").lower().split("_")
    if words[0] in FIRST_WORDS and len(words) > 1:
        return f"`{words[0]}_` does not say what it does"
    for word in words:
        if word in EMPTY_WORDS:
            return f"`{word}` says nothing"
        if word in OTHER_WORDS:
            return f"say {OTHER_WORDS[word]}"
    return ""
