"""Agreements: what is merged stays plain text, and what is shown is safe, whatever was typed."""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import NoResultFound

from portal import db
from portal.models import AgreementVersion
from portal.services.clinic import agreements
from tests.services.letters.rows import NOW, dan_joins

TYPED = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn")), max_size=60)


def version(text: str) -> AgreementVersion:
    return AgreementVersion(number=1, text=text)


def words(shown: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(html_text.unescape(re.sub(r"<[^>]*>", "", shown)).split())


def merged(text: str, **fields: str) -> str:
    return agreements.merged(version(text), fields)


def test_fields_are_replaced_with_or_without_spaces() -> None:
    written = "{{patient_name}} pays {{ fee }} to {{  clinic_name  }}."
    text = merged(written, patient_name="Dan", fee="$99.00", clinic_name="Lumina")
    assert text == "Dan pays $99.00 to Lumina."


@pytest.mark.parametrize("text", ["{{ patient }}", "{{ patient_name.first }}", "{{ 7*7 }}", "{{ }}", "{{\nx\n}}"])
def test_a_text_with_an_unknown_field_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such merge field"):
        merged(text, patient_name="Dan")


def test_a_field_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="without a value: fee"):
        merged("{{ fee }}", patient_name="Dan")


def test_a_value_for_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="no such merge field: nickname"):
        merged("Hello", nickname="D")


@pytest.mark.parametrize(
    "typed",
    [
        "**bold**", "_x_", "# heading", "- item", "1. item", "12) item", "> quote", "`code`", "[a](http://b)",
        "![a](http://b)", "<script>alert(1)</script>", "&lt;b&gt;", "&#60;", "http://x.example", "<http://x>",
        "a\\*b", "===", "---", "+ x", "~~~", "{{ fee }}", "AT&T", "Dan\nO'Neil", "| a | b |", "\\", "    code",
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", ["{{ patient_name }}", "x\n{{ patient_name }}", "by {{ patient_name }} here"])
def test_what_a_patient_types_is_shown_as_typed(typed: str, text: str) -> None:
    shown = agreements.html(merged(text, patient_name=typed))
    expected = text.replace("{{ patient_name }}", typed)
    assert words(shown) == " ".join(expected.split())
    assert set(re.findall(r"<(\w+)", shown)) <= {"p"}


@given(typed=TYPED, before=st.sampled_from(["", "x\n", "by ", "- ", "# "]))
def test_any_value_is_shown_as_typed(typed: str, before: str) -> None:
    shown = agreements.html(merged(f"{before}{{{{ patient_name }}}} end", patient_name=typed))
    lead = before if before in {"x\n", "by "} else ""
    assert words(shown) == " ".join(f"{lead}{typed} end".split())


def test_a_clinics_markdown_becomes_headings_below_the_pages_own_lists_and_links() -> None:
    shown = agreements.html("# One\n\n## Two\n\n- a\n- **b**\n\n[us](https://lumina.example)")
    assert "<h2>One</h2>" in shown
    assert "<h3>Two</h3>" in shown
    assert "<h1" not in shown
    assert "<strong>b</strong>" in shown
    assert '<a href="https://lumina.example" rel="noopener noreferrer">us</a>' in shown


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](https://spy.example/1.png)",
     "<style>*{}</style>", "[x](data:text/html,1)", "[x](ftp://files.example/a)", '<a href="x" onclick="y">z</a>'],
)  # fmt: skip
def test_a_clinics_text_cannot_run_or_load_anything(text: str) -> None:
    tags = re.findall(r"<(\w+)([^>]*)>", agreements.html(text))
    assert {tag for tag, _ in tags} <= {"p", "a"}
    assert not [given for tag, given in tags if tag == "a" and "href" in given and "spy.example" not in given]


@pytest.fixture
def database_open(database_url: str) -> Iterator[None]:
    engine = db.connect(database_url)
    yield
    engine.dispose()


def test_the_newest_version_is_the_one_to_sign(database_open: None) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        first = agreements.newest(session, dan.plan)
        later = AgreementVersion(
            clinic_id=dan.clinic.id, agreement_id=dan.plan.agreement_id, number=first.number + 1, text="new",
            published_at=NOW - timedelta(days=1),
        )  # fmt: skip
        session.add(later)
        session.flush()
        assert agreements.newest(session, dan.plan) is later


def test_an_agreement_without_a_version_cannot_be_signed(database_open: None) -> None:
    with db.begin() as session:
        dan = dan_joins(session)
        dan.plan.clinic_id = dan.patient.id
        with session.no_autoflush, pytest.raises(NoResultFound):
            agreements.newest(session, dan.plan)
        session.rollback()
