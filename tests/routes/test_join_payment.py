"""The wizard's fourth step: one charge whatever happens, and a plain sentence for everything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from portal import db
from portal.models import Card, Coupon, Membership
from tests.browser import answer_bank, confirm_payment
from tests.pages import PageClient, words
from tests.routes.join_walk import FETCH, Walk, secret_in
from tests.world import World

Visit = Callable[[], PageClient]


@pytest.fixture
def dan(world: World, visit: Visit) -> Walk:
    world.arrive("dan")
    return Walk(visit().sign_in("dan"))


def count_memberships() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).where(Membership.started_on.is_not(None))) or 0


def test_everything_charged_stands_on_the_page(dan: Walk) -> None:
    page = dan.to_payment("vip", draw_day=15).page("payment").words
    for told in (
        "VIP: $399.00 on the 15th of each month, until you cancel.",
        "$193.06, for January 31, 2027 to February 14, 2027.",
        "Then $399.00 on the 15th of each month, next on February 15, 2027.",
        "6 months’ minimum commitment; leaving before costs $200.00.",
        "Online under Memberships",
        "Pay $193.06 and become a member",
    ):
        assert told in page


def test_only_the_card_page_may_load_the_payment_providers_script(world: World, dan: Walk) -> None:
    dan.to_payment()
    policies = [
        dan.browser.get(f"{dan.base}/{step}").headers["Content-Security-Policy"] for step in ("payment", "details")
    ]
    assert [world.stripe.url in policy for policy in policies] == [True, False]


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("pm_card_chargeDeclined", "Your bank declined the card without saying why."),
        ("pm_card_chargeDeclinedInsufficientFunds", "does not have enough money"),
        ("pm_card_chargeDeclinedExpiredCard", "The card has expired."),
        ("pm_card_chargeDeclinedIncorrectCvc", "The security code does not fit the card."),
        ("pm_card_chargeDeclinedProcessingError", "The bank could not be asked just now."),
        ("pm_card_chargeDeclinedLostCard", "Your bank declined the card without saying why."),
        ("pm_card_chargeDeclinedStolenCard", "Your bank declined the card without saying why."),
    ],
)
def test_a_decline_is_worded_and_another_card_pays(world: World, dan: Walk, card: str, sentence: str) -> None:
    answer = dan.to_payment(coupon="SPRING20").pay(world.stripe.url, card)
    assert answer.status_code == 422
    page = words(answer)
    assert sentence in page
    assert "Nothing was charged" in page
    assert "lost card" not in page.lower()
    assert dan.pay(world.stripe.url).location == f"{dan.base}/done"
    assert [charge["amount"] for charge in world.charges()] == [7920]


def test_pressing_twice_is_one_payment(world: World, dan: Walk) -> None:
    dan.to_payment()
    first, second = secret_in(dan.press_pay()), secret_in(dan.press_pay())
    assert first == second
    confirm_payment(world.stripe.url, first, "pm_card_visa")
    assert dan.finish().location == dan.finish().location == f"{dan.base}/done"
    assert (len(world.charges()), count_memberships()) == (1, 1)


def test_a_paid_payment_whose_browser_died_is_found_by_pressing_again(world: World, dan: Walk) -> None:
    dan.to_payment()
    confirm_payment(world.stripe.url, secret_in(dan.press_pay()), "pm_card_visa")
    assert "You have begun this payment before" in dan.page("payment").words
    answer = dan.press_pay()
    assert answer.headers["HX-Redirect"] == f"{dan.base}/done"
    assert len(world.charges()) == 1


def test_a_bank_that_asks_is_answered_or_not(world: World, dan: Walk) -> None:
    secret = secret_in(dan.to_payment().press_pay())
    confirm_payment(world.stripe.url, secret, "pm_card_threeDSecure2Required")
    abandoned = dan.finish()
    assert (abandoned.status_code, "not finished" in words(abandoned)) == (422, True)
    answer_bank(world.stripe.url, secret, "fail")
    assert "could not confirm that it is you" in words(dan.finish())
    again = secret_in(dan.press_pay())
    confirm_payment(world.stripe.url, again, "pm_card_threeDSecure2Required")
    answer_bank(world.stripe.url, again, "pass")
    assert dan.finish().location == f"{dan.base}/done"
    assert len(world.charges()) == 1


def test_a_start_at_nothing_saves_a_card_and_charges_nothing(world: World, dan: Walk) -> None:
    dan.to_payment(coupon="WELCOME100", draw_day=31)
    assert "Save card and become a member" in dan.page("payment").words
    assert dan.pay(world.stripe.url).location == f"{dan.base}/done"
    assert (world.charges(), count_memberships()) == ([], 1)


def test_a_saved_card_pays_without_a_script(world: World, dan: Walk) -> None:
    dan.to_payment().pay(world.stripe.url)
    dan.to_payment("vip")
    page = dan.page("payment")
    assert "Visa ending in 4242" in page.words
    answer = dan.browser.post(f"{dan.base}/payment", data=dan.fields("payment", -1) | {"card": card_of()})
    assert (answer.status_code, answer.location) == (303, f"{dan.base}/done")
    assert len(world.charges()) == 2


def test_a_new_card_without_a_script_says_what_it_needs(world: World, dan: Walk) -> None:
    dan.to_payment()
    answer = dan.browser.post(f"{dan.base}/payment", data=dan.fields("payment", -1) | {"card": "new"})
    assert answer.status_code == 422
    assert "needs JavaScript" in words(answer)


def test_another_patients_card_pays_nothing(world: World, dan: Walk, visit: Visit) -> None:
    world.arrive("eve")
    Walk(visit().sign_in("eve")).to_payment().pay(world.stripe.url)
    dan.to_payment()
    for card in (card_of(), "pm_card_visa"):
        assert dan.press_pay(card).headers["HX-Redirect"] == f"{dan.base}/agreement"
    assert len(world.charges()) == 1


def test_a_price_that_was_not_shown_is_never_charged(world: World, dan: Walk) -> None:
    dan.to_payment()
    answer = dan.press_pay(shown="0" * 64)
    assert answer.headers["HX-Redirect"] == f"{dan.base}/agreement"
    assert "nothing was charged" in words(dan.browser.get(f"{dan.base}/agreement"))
    assert world.charges() == []


def test_a_coupon_used_up_meanwhile_is_said_before_any_charge(world: World, dan: Walk) -> None:
    dan.to_payment(coupon="SPRING20")
    fields = dan.fields("payment", -1)
    with db.begin() as session:
        session.execute(update(Coupon).where(Coupon.code == "SPRING20").values(used=1, max_uses=1))
    answer = dan.browser.post(f"{dan.base}/payment", data=fields, headers=FETCH)
    assert answer.headers["HX-Redirect"] == f"{dan.base}/agreement"
    page = dan.page("agreement").words
    assert "The coupon was SPRING20." in page
    assert "Pay $99.00 and become a member" in dan_signs_again(dan)


@pytest.mark.parametrize("kind", ["outage", "drop_before", "drop_after", "error500_before", "error500_after"])
def test_the_payment_provider_away_is_said_plainly_and_heals(world: World, dan: Walk, kind: str) -> None:
    dan.to_payment()
    world.stripe.add_fault(kind, "POST", "/v1/payment_intents", count=None)
    answer = dan.press_pay()
    assert answer.status_code in {422, 503}
    assert "lost" in answer.get_data(as_text=True) or "charged twice" in answer.get_data(as_text=True)
    world.stripe.clear_faults()
    assert dan.pay(world.stripe.url).location == f"{dan.base}/done"
    assert len(world.charges()) == 1


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/setup_intents"])
def test_no_card_can_be_saved_while_the_provider_is_away(world: World, dan: Walk, path: str) -> None:
    dan.to_payment(coupon="WELCOME100", draw_day=31)
    world.stripe.add_fault("outage", "POST", path, count=None)
    answer = dan.press_pay()
    assert answer.status_code == 503
    assert "cannot take payments just now" in answer.get_data(as_text=True)
    world.stripe.clear_faults()
    assert dan.pay(world.stripe.url).location == f"{dan.base}/done"


def test_not_knowing_whether_it_was_paid_is_never_called_unpaid(world: World, dan: Walk) -> None:
    secret = secret_in(dan.to_payment().press_pay())
    confirm_payment(world.stripe.url, secret, "pm_card_visa")
    world.stripe.add_fault("outage", "GET", "/v1/payment_intents/.*", count=None)
    answer = dan.finish()
    assert answer.status_code == 503
    assert "Nothing was charged" not in words(answer)
    world.stripe.clear_faults()
    assert dan.finish().location == f"{dan.base}/done"


def test_opening_the_return_address_changes_nothing(world: World, dan: Walk) -> None:
    dan.to_payment()
    confirm_payment(world.stripe.url, secret_in(dan.press_pay()), "pm_card_visa")
    assert "Back from your bank" in dan.page("payment/finish").words
    assert count_memberships() == 0
    assert dan.finish().location == f"{dan.base}/done"
    assert dan.browser.get(f"{dan.base}/payment/finish").location == f"{dan.base}/done"


def card_of() -> str:
    with db.reading() as session:
        return str(session.scalars(select(Card.id)).first())


def dan_signs_again(dan: Walk) -> str:
    assert dan.sign().status_code == 303
    return dan.page("payment").words


def test_what_was_declined_in_one_tab_cannot_be_paid_in_another(world: World, dan: Walk) -> None:
    dan.to_payment()
    old = secret_in(dan.press_pay())
    confirm_payment(world.stripe.url, old, "pm_card_chargeDeclined")
    assert dan.finish().status_code == 422
    new = secret_in(dan.press_pay())
    confirm_payment(world.stripe.url, old, "pm_card_visa")
    confirm_payment(world.stripe.url, new, "pm_card_visa")
    dan.finish()
    assert len(world.charges()) == 1
