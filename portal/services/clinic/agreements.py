"""A clinic's agreement: its newest text, merged with one patient's facts, and shown as safe HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AgreementVersion, Plan

MERGE_FIELDS = (
    "patient_name",
    "clinic_name",
    "plan_name",
    "fee",
    "frequency",
    "setup_fee",
    "draw_day",
    "first_charge",
    "next_draw",
    "commitment",
    "cancellation_fee",
    "date",
)

_FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# What Markdown reads anywhere in a line, and what only at its start.
_INLINE = re.compile(r"[\\`*_\[\]<>{}~|]|&(?=#?\w+;)")
_AT_START = re.compile(r"^(?:[#+=:-]|\d+(?=[.)]))")
_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre",
    "blockquote", "a",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}


def newest(session: Session, plan: Plan) -> AgreementVersion:
    """The version that who joins the plan now signs. Raises NoResultFound when none is published."""
    return session.scalars(
        select(AgreementVersion)
        .where(
            AgreementVersion.clinic_id == plan.clinic_id,
            AgreementVersion.agreement_id == plan.agreement_id,
        )
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    ).one()


def merged(version: AgreementVersion, fields: Mapping[str, str]) -> str:
    """The version's Markdown, every {{ field }} replaced by its value, which stays plain text.

    Raises ValueError for a field that is not one of MERGE_FIELDS, in the text or given, or that is not given.
    """
    refuse_unknown(version.text)
    strange = sorted(set(fields) - set(MERGE_FIELDS))
    if strange:
        raise ValueError(f"no such merge field: {', '.join(strange)}")
    missing = sorted(_fields_in(version.text) - set(fields))
    if missing:
        raise ValueError(f"merge fields without a value: {', '.join(missing)}")
    return _FIELD.sub(lambda found: _plain(fields[found[1].strip()]), version.text)


def refuse_unknown(text: str) -> None:
    """Raises ValueError naming the merge fields of a text that do not exist."""
    unknown = sorted(_fields_in(text) - set(MERGE_FIELDS))
    if unknown:
        raise ValueError(f"no such merge field: {', '.join(unknown)}")


def html(markdown: str) -> Markup:
    """The Markdown as HTML for pages and PDFs: headings from h2 down, no raw HTML, no pictures."""
    written = nh3.clean(
        _parser().render(markdown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return Markup(written)  # noqa: S704 - cleaned by nh3 on the line above


def text_sha256(text: str) -> str:
    """The SHA-256 of a signed text, in hexadecimal, over its UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def _fields_in(text: str) -> set[str]:
    return {found.strip() for found in _FIELD.findall(text)}


def _plain(value: str) -> str:
    """The value on one line, escaped so that Markdown shows it as it is."""
    escaped = _INLINE.sub(r"\\\g<0>", " ".join(value.split()))
    start = _AT_START.match(escaped)
    if start is None:
        return escaped
    # A list's number is escaped behind its digits ("1\."), every other mark before itself.
    at = start.end() if start[0].isdigit() else 0
    return f"{escaped[:at]}\\{escaped[at:]}"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
    parser.disable("image")
    # A page has its own h1.
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
