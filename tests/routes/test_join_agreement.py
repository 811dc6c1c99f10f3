"""The wizard's third step: what is signed is what was shown, with both consents and a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from portal import db
from portal.models import PlanPrice, SignedAgreement
from tests.pages import Page, PageClient, words
from tests.routes.join_walk import Walk
from tests.world import World

Visit = Callable[[], PageClient]


@pytest.fixture
def dan(world: World, visit: Visit) -> Walk:
    world.arrive("dan")
    walk = Walk(visit().sign_in("dan"))
    assert walk.begin("glow").status_code == 303
    assert walk.details().status_code == 303
    return walk


def signatures() -> list[SignedAgreement]:
    with db.reading() as session:
        return list(session.scalars(select(SignedAgreement)))


def raise_price(cents: int) -> None:
    """Glow costs something else at once."""
    with db.begin() as session:
        session.execute(update(PlanPrice).where(PlanPrice.fee_cents == 9900).values(fee_cents=cents))


def test_the_page_shows_text_and_consents_unticked(dan: Walk) -> None:
    page = dan.page("agreement")
    assert "This agreement is between Dan Example" in page.words
    assert "I agree to be charged $99.00 every month until I cancel." in page.words
    assert not {"records_consent", "charge_consent"} & set(dan.fields("agreement"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"records_consent": ""}, "Tick the first box"),
        ({"charge_consent": ""}, "Tick the second box"),
        ({"signature": "  "}, "Type your full name to sign."),
        ({"signature": "+1"}, "Type your name in letters"),
        ({"signature": "x" * 201}, "Use at most 200 characters"),
    ],
)
def test_an_unsigned_agreement_is_refused(dan: Walk, changed: dict[str, Any], sentence: str) -> None:
    answer = dan.sign(**changed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert signatures() == []


@pytest.mark.parametrize("field", ["shown", "text_sha256"])
@pytest.mark.parametrize("value", ["", "0" * 64])
def test_an_altered_agreement_is_shown_again_and_not_signed(dan: Walk, field: str, value: str) -> None:
    answer = dan.sign(**{field: value})
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True))
    assert "Something changed since you opened this page" in page.words
    assert page.forms[-1]["fields"]["signature"] == "Dan Example"
    assert "charge_consent" not in page.forms[-1]["fields"], "the consents are given anew"
    assert signatures() == []


def test_a_price_changed_while_reading_is_read_before_it_is_signed(dan: Walk) -> None:
    fields = dan.fields("agreement")
    raise_price(10900)
    signed = fields | {"records_consent": "y", "charge_consent": "y", "signature": "Dan Example"}
    answer = dan.browser.post(f"{dan.base}/agreement", data=signed)
    assert answer.status_code == 422
    assert "I agree to be charged $109.00 every month" in words(answer)


def test_a_price_changed_after_signing_asks_for_a_new_signature_and_says_what_changed(dan: Walk) -> None:
    assert dan.sign().status_code == 303
    raise_price(10900)
    assert dan.browser.get(f"{dan.base}/payment").location == f"{dan.base}/agreement"
    page = dan.page("agreement").words
    assert "Something changed since you signed" in page
    assert "The fee was $99.00." in page


def test_signing_twice_is_one_signature(dan: Walk) -> None:
    assert dan.sign().status_code == 303
    assert dan.sign().status_code == 303
    assert len(signatures()) == 1
    assert signatures()[0].ip == "127.0.0.1"


def test_the_text_alone_can_be_printed(dan: Walk) -> None:
    assert "This agreement is between Dan Example" in dan.page("agreement/text").words
