"""Each documented test card answers as documented, when it is charged."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.shop import Shop

DECLINING = [
    ("4000000000000002", "pm_card_chargeDeclined", "card_declined", "generic_decline"),
    ("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("4000000000009987", "pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("4000000000009979", "pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    (
        "4000000000006975",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
    ),
    ("4100000000000019", "pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent"),
]
GOOD = [
    ("4242424242424242", "pm_card_visa", "visa"),
    ("5555555555554444", "pm_card_mastercard", "mastercard"),
    ("378282246310005", "pm_card_amex", "amex"),
]


@pytest.mark.parametrize(("number", "alias", "brand"), GOOD)
def test_a_good_card_is_charged_once_by_number_and_by_alias(shop: Shop, number: str, alias: str, brand: str) -> None:
    cvc = "1234" if brand == "amex" else "123"
    for card in (shop.typed_card(number, cvc=cvc), alias):
        customer = shop.customer()
        saved = shop.saved_card(customer, card)
        assert shop.charge(customer, saved).status == "succeeded"
        found = shop.client.v1.payment_methods.retrieve(saved).card
        assert found
        assert (found.brand, found.last4) == (brand, number[-4:])
    assert [effect["amount"] for effect in shop.server.effects("charge")] == [9900, 9900]


@pytest.mark.parametrize(("number", "alias", "code", "decline_code"), DECLINING)
def test_a_declining_card_is_declined_when_charged(
    shop: Shop, number: str, alias: str, code: str, decline_code: str
) -> None:
    for card in (shop.typed_card(number), alias):
        error = shop.declined(shop.customer(), card)
        assert (error.code, error.decline_code) == (code, decline_code)
        intent = shop.client.v1.payment_intents.retrieve(error.payment_intent.id, {"expand": ["latest_charge"]})
        assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
        assert intent.last_payment_error
        assert intent.last_payment_error.decline_code == decline_code
        assert isinstance(intent.latest_charge, stripe.Charge)
        assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)
    assert shop.server.effects() == []


@pytest.mark.parametrize("alias", [alias for _, alias, _, _ in DECLINING])
def test_a_declining_card_cannot_be_saved(shop: Shop, alias: str) -> None:
    customer = shop.customer()
    with pytest.raises(stripe.CardError):
        shop.saved_card(customer, alias)
    with pytest.raises(stripe.CardError) as caught:
        shop.client.v1.setup_intents.create(
            {
                "customer": customer,
                "payment_method": alias,
                "confirm": True,
                "allowed_payment_method_types": ["card"],
            }
        )
    assert caught.value.error
    assert caught.value.error.setup_intent
    assert caught.value.error.setup_intent.status == "requires_payment_method"
    assert shop.client.v1.customers.payment_methods.list(customer).data == []


def test_0341_can_be_saved_and_declines_later(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer, shop.typed_card("4000000000000341"))
    assert shop.declined(customer, card).decline_code == "generic_decline"


def test_3184_asks_for_authentication_every_time_and_its_intent_ends_in_one_charge(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer, "pm_card_authenticationRequired")
    error = shop.declined(customer, card)
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    intent = shop.client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.status == "requires_payment_method"

    waiting = shop.confirm_in_browser(intent, error.payment_method.id)
    assert waiting.status == "requires_action"
    assert waiting.next_action
    assert waiting.next_action.type == "use_stripe_sdk"
    assert shop.answer_challenge(waiting, "pass")
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [effect["payment_intent"] for effect in shop.server.effects()] == [intent.id]
    assert shop.declined(customer, card).code == "authentication_required"


def test_3155_needs_no_authentication_off_session_once_it_was_set_up(shop: Shop) -> None:
    customer = shop.customer()
    intent = shop.open_intent(customer=customer, setup_future_usage="off_session")
    waiting = shop.confirm_in_browser(intent, shop.typed_card("4000002500003155"))
    assert waiting.status == "requires_action"
    shop.answer_challenge(waiting, "pass")
    card = shop.client.v1.customers.payment_methods.list(customer).data[0].id
    assert shop.charge(customer, card).status == "succeeded"


def test_3155_attached_without_being_set_up_asks_off_session(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer, shop.typed_card("4000002500003155"))
    assert shop.declined(customer, card).code == "authentication_required"


def test_0446_counts_as_set_up_and_asks_on_session_only(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer, shop.typed_card("4000003800000446"))
    assert shop.charge(customer, card).status == "succeeded"
    assert shop.confirm_in_browser(shop.open_intent(customer=customer), card).status == "requires_action"


def test_3178_has_no_money_even_when_authenticated(shop: Shop) -> None:
    intent = shop.open_intent()
    waiting = shop.confirm_in_browser(intent, shop.typed_card("4000008260003178"))
    with pytest.raises(stripe.CardError) as caught:
        shop.answer_challenge(waiting, "pass")
    assert caught.value.error
    assert caught.value.error.decline_code == "insufficient_funds"
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_0259_is_charged_and_then_disputed(shop: Shop) -> None:
    intent = shop.charge(shop.customer(), shop.typed_card("4000000000000259"))
    assert shop.client.v1.events.list({"type": "charge.dispute.created"}).data
    assert [one.status for one in shop.client.v1.disputes.list({"payment_intent": intent.id})] == ["needs_response"]
    assert len(shop.server.effects("charge")) == 1


def test_a_test_may_dispute_any_charge_and_decide_it(shop: Shop) -> None:
    intent = shop.charge(shop.customer(), "pm_card_visa")
    dispute = shop.server.dispute(str(intent.latest_charge))
    shop.server.close_dispute(dispute, "lost")
    assert shop.client.v1.disputes.retrieve(dispute).status == "lost"
    told = [event.type for event in shop.client.v1.events.list({"limit": 2})]
    assert told == ["charge.dispute.closed", "charge.dispute.created"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_disputed"


def test_a_replaced_card_is_updated_by_itself(shop: Shop) -> None:
    card = shop.saved_card(shop.customer())
    shop.server.replace_card(card, 7, 2041)
    found = shop.client.v1.payment_methods.retrieve(card).card
    assert found
    assert (found.exp_month, found.exp_year) == (7, 2041)
    assert shop.client.v1.events.list({"limit": 1}).data[0].type == "payment_method.automatically_updated"


def test_a_scripted_authentication_is_asked_for_again_on_session(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.server.script(card, ["authentication_required"])
    intent = shop.client.v1.payment_intents.retrieve(shop.declined(customer, card).payment_intent.id)
    waiting = shop.confirm_in_browser(intent, card)
    assert waiting.status == "requires_action"
    shop.answer_challenge(waiting, "pass")
    assert [effect["payment_intent"] for effect in shop.server.effects()] == [intent.id]
    assert shop.charge(customer, card).status == "succeeded"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "4000056655665564"}, "card_declined"),
        ({"exp_month": "13"}, "invalid_expiry_month"),
        ({"exp_year": "2020"}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
    ],
)
def test_a_mistyped_card_is_refused(shop: Shop, fields: dict[str, str], code: str) -> None:
    with pytest.raises(stripe.CardError) as caught:
        shop.typed_card(**fields)
    assert caught.value.code == code


def test_a_script_decides_the_next_charges_of_a_card(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.server.script(card, ["insufficient_funds/do_not_try_again", "succeed", "authentication_required"])
    first = shop.declined(customer, card)
    assert (first.decline_code, first.advice_code) == ("insufficient_funds", "do_not_try_again")
    assert shop.charge(customer, card).status == "succeeded"
    assert shop.declined(customer, card).code == "authentication_required"
    assert shop.charge(customer, card).status == "succeeded"


def test_a_script_may_name_a_customer(shop: Shop) -> None:
    customer = shop.customer()
    shop.server.script(customer, ["lost_card"])
    error = shop.declined(customer, shop.saved_card(customer))
    assert (error.decline_code, error.advice_code) == ("lost_card", "do_not_try_again")


def test_a_script_with_an_unknown_outcome_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        shop.server.script("cus_1", ["no_such_code"])
