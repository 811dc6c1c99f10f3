"""Customers, intents, refunds and lists behave as the API documents them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.shop import Shop


def test_a_draw_has_the_fields_of_the_api(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    intent = shop.charge(customer, card, metadata={"attempt": "a1"}, expand=["latest_charge", "payment_method"])
    assert (intent.amount, intent.amount_received, intent.currency) == (9900, 9900, "usd")
    assert (intent.status, intent.customer, intent.next_action) == ("succeeded", customer, None)
    assert intent.metadata["attempt"] == "a1"
    assert intent.id.startswith("pi_")
    assert intent.client_secret
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    charge, method = intent.latest_charge, intent.payment_method
    assert isinstance(charge, stripe.Charge)
    assert isinstance(method, stripe.PaymentMethod)
    assert (charge.paid, charge.amount, charge.payment_intent, method.id) == (True, 9900, intent.id, card)
    assert shop.server.effects() == [
        {
            "kind": "charge",
            "id": charge.id,
            "payment_intent": intent.id,
            "amount": 9900,
            "currency": "usd",
            "customer": customer,
            "metadata": {"attempt": "a1"},
            "key": shop.server.requests()[-1]["key"],
            "account": "acct_sandbox",
            "created": charge.created,
        }
    ]


def test_a_property_that_cannot_be_expanded_is_refused(shop: Shop) -> None:
    customer = shop.customer()
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.client.v1.customers.retrieve(customer, {"expand": ["name"]})


def test_customers_are_changed_and_found_by_address(shop: Shop) -> None:
    made = shop.client.v1.customers.create({"email": "alice@example.com", "metadata": {"a": "1", "b": "2"}})
    shop.customer()
    changed = shop.client.v1.customers.update(made.id, {"name": "Alice", "metadata": {"a": "", "c": "3"}})
    assert (changed.name, changed.metadata and changed.metadata.to_dict()) == ("Alice", {"b": "2", "c": "3"})
    assert [one.id for one in shop.client.v1.customers.list({"email": "alice@example.com"})] == [made.id]


def test_a_deleted_customer_is_gone_with_its_cards(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    assert shop.client.v1.customers.delete(customer).deleted
    assert shop.client.v1.customers.retrieve(customer).deleted
    with pytest.raises(stripe.InvalidRequestError):
        shop.charge(customer, card)


def test_lists_are_newest_first_with_cursors(shop: Shop) -> None:
    made = [shop.open_intent().id for _ in range(5)]
    first = shop.client.v1.payment_intents.list({"limit": 2})
    assert [one.id for one in first.data] == [made[4], made[3]]
    assert first.has_more
    second = shop.client.v1.payment_intents.list({"limit": 3, "starting_after": made[3]})
    assert [one.id for one in second.data] == [made[2], made[1], made[0]]
    assert not second.has_more
    back = shop.client.v1.payment_intents.list({"limit": 2, "ending_before": made[1]})
    assert [one.id for one in back.data] == [made[3], made[2]]
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]


def test_a_list_expands_its_rows(shop: Shop) -> None:
    customer = shop.customer()
    shop.charge(customer, shop.saved_card(customer))
    shop.open_intent(customer=customer)
    rows = shop.client.v1.payment_intents.list({"expand": ["data.latest_charge", "data.payment_method"]}).data
    assert rows[0].latest_charge is None
    assert isinstance(rows[1].latest_charge, stripe.Charge)
    assert isinstance(rows[1].payment_method, stripe.PaymentMethod)


def test_lists_are_narrowed_by_customer_and_moment(shop: Shop) -> None:
    customer = shop.customer()
    mine = shop.open_intent(customer=customer)
    shop.open_intent()
    intents = shop.client.v1.payment_intents
    assert [one.id for one in intents.list({"customer": customer})] == [mine.id]
    assert len(intents.list({"created": {"gte": mine.created}}).data) == 2
    assert intents.list({"created": {"gt": mine.created + 60}}).data == []
    assert intents.list({"created": {"lt": mine.created}}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        intents.list({"limit": 101})


def test_a_cancelled_intent_can_no_longer_be_paid(shop: Shop) -> None:
    intent = shop.open_intent()
    cancelled = shop.client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert cancelled.canceled_at
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.confirm_in_browser(intent, shop.typed_card())
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_cannot_be_cancelled_or_paid_again(shop: Shop) -> None:
    intent = shop.open_intent()
    shop.confirm_in_browser(intent, shop.typed_card())
    with pytest.raises(stripe.InvalidRequestError, match="succeeded"):
        shop.client.v1.payment_intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="succeeded"):
        shop.confirm_in_browser(intent, shop.typed_card())
    assert len(shop.server.effects()) == 1


def test_an_open_intent_can_be_changed(shop: Shop) -> None:
    intent = shop.open_intent(metadata={"a": "1"})
    changed = shop.client.v1.payment_intents.update(intent.id, {"amount": 4200, "metadata": {"b": "2"}})
    assert (changed.amount, changed.metadata.to_dict()) == (4200, {"a": "1", "b": "2"})


def test_refunds_never_exceed_what_is_left(shop: Shop) -> None:
    customer = shop.customer()
    intent = shop.charge(customer, shop.saved_card(customer))

    def refund(_: int) -> str:
        try:
            wanted: Any = {"payment_intent": intent.id, "amount": 3000}
            return str(shop.client.v1.refunds.create(wanted).status)
        except stripe.InvalidRequestError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(refund, range(10)))
    assert answers == ["refused"] * 7 + ["succeeded"] * 3
    assert sum(effect["amount"] for effect in shop.server.effects("refund")) == 9000
    assert shop.client.v1.refunds.create({"charge": str(intent.latest_charge)}).amount == 900
    charge = shop.client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (9900, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"
    assert len(shop.client.v1.refunds.list({"payment_intent": intent.id}).data) == 4


def test_a_declined_payment_cannot_be_refunded(shop: Shop) -> None:
    error = shop.declined(shop.customer(), "pm_card_chargeDeclined")
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.refunds.create({"payment_intent": error.payment_intent.id})


def test_a_detached_card_is_never_taken_again(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    assert shop.client.v1.payment_methods.detach(card).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        shop.charge(customer, card)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        shop.saved_card(customer, card)


def test_a_card_of_another_customer_is_refused(shop: Shop) -> None:
    card = shop.saved_card(shop.customer())
    with pytest.raises(stripe.InvalidRequestError, match="different customer"):
        shop.charge(shop.customer(), card)


def test_a_card_used_once_without_being_saved_is_used_up(shop: Shop) -> None:
    card = shop.typed_card()
    shop.confirm_in_browser(shop.open_intent(), card)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        shop.confirm_in_browser(shop.open_intent(), card)


def test_cards_of_a_customer_are_listed_newest_first(shop: Shop) -> None:
    customer = shop.customer()
    old, new = shop.saved_card(customer), shop.saved_card(customer, "pm_card_mastercard")
    assert [one.id for one in shop.client.v1.payment_methods.list({"customer": customer})] == [new, old]
    assert [one.id for one in shop.client.v1.customers.payment_methods.list(customer)] == [new, old]


def test_another_account_sees_nothing_of_ours(shop: Shop) -> None:
    theirs: Any = {"stripe_account": "acct_lumina"}
    customer = shop.customer()
    card = shop.saved_card(customer)
    intent = shop.charge(customer, card)
    assert shop.client.v1.payment_intents.list({}, theirs).data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payment_intents.retrieve(intent.id, {}, theirs)
    assert caught.value.http_status == 404
    there = shop.customer(stripe_account="acct_lumina")
    shop.charge(there, shop.saved_card(there, stripe_account="acct_lumina"), theirs)
    assert [effect["account"] for effect in shop.server.effects()] == ["acct_sandbox", "acct_lumina"]
    assert shop.client.v1.accounts.retrieve_current({}, theirs).id == "acct_lumina"
    assert shop.client.v1.accounts.retrieve_current().charges_enabled


@pytest.mark.parametrize("key", ["sk_test_wrong", "sk_live_wrong", "pk_test_wrong"])
def test_a_wrong_key_is_401(shop: Shop, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        shop.client_with(key).v1.customers.create({})


def test_a_revoked_key_is_401_and_a_lost_account_403(shop: Shop) -> None:
    shop.server.revoke("acct_lumina")
    with pytest.raises(stripe.PermissionError):
        shop.customer(stripe_account="acct_lumina")
    shop.server.revoke("sk_test_sandbox")
    with pytest.raises(stripe.AuthenticationError):
        shop.customer()
    shop.server.revoke("sk_test_sandbox", on=False)
    assert shop.customer()


def test_every_answer_names_its_request(shop: Shop) -> None:
    answer = shop.client.v1.customers.create({})
    assert answer.last_response
    assert answer.last_response.request_id == shop.server.requests()[-1]["id"]
