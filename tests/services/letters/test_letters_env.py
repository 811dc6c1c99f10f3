"""The letters' own ground: where links lead, and money, moments and bills as letters write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from portal import db, letters_env
from tests.services.letters.conftest import settings
from tests.services.letters.rows import NOW, new_clinic

LONG_LABEL = "Glow membership, Nov 22, 2026 – Nov 30, 2026 (9 of 30 days), the first days of a membership"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(0, "USD", "$0.00"), (5, "USD", "$0.05"), (199000, "USD", "$1,990.00"), (-1980, "USD", "−$19.80")],
)
def test_cents_are_written_as_money(amount: int, currency: str, written: str) -> None:
    assert letters_env.cents(amount, currency) == written


def test_a_moment_is_told_by_the_clocks_of_its_zone() -> None:
    at = datetime(2027, 7, 1, 2, 30, tzinfo=UTC)
    assert letters_env.moment(at, "America/Los_Angeles") == "June 30, 2027, 7:30:00 PM PDT"
    assert letters_env.moment(at, "UTC") == "July 1, 2027, 2:30:00 AM UTC"


def test_bills_in_plain_text_keep_their_amounts_in_one_column() -> None:
    short = letters_env.columns("Coupon SPRING20", "−$5.94")
    first, *more = letters_env.columns(LONG_LABEL, "$29.70").splitlines()
    assert len(short) == len(first) == 72
    assert more
    assert " ".join(line.strip() for line in [first.removesuffix("$29.70"), *more]) == LONG_LABEL


def test_a_sender_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(ValueError, match="MAIL_DEFAULT_SENDER"):
        letters_env.configure(settings(MAIL_DEFAULT_SENDER="nobody"))


def test_letters_without_an_address_to_link_to_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters_env, "_settings", None)
    with pytest.raises(RuntimeError):
        letters_env.settings()


def test_a_letter_that_lacks_a_fact_is_not_written(database_open: None) -> None:
    with db.begin() as session:
        clinic = new_clinic(session)
        with pytest.raises(UndefinedError):
            letters_env.render("ended", clinic, ended_on=NOW.date())
