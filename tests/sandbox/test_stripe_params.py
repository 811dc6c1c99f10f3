"""A wrong parameter is a 400 that names it, as the pinned SDK types it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from sandbox.stripe.errors import ApiError
from sandbox.stripe.form import decoded, masked, same_values
from sandbox.stripe.params import checked
from tests.sandbox.shop import Shop

INTENT = {"amount": 9900, "currency": "usd"}


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"nonsense": "1"}, "nonsense", "parameter_unknown"),
        ({"amount": "ten"}, "amount", "parameter_invalid_integer"),
        ({"amount": "9900.5"}, "amount", "parameter_invalid_integer"),
        ({"confirm": "yes"}, "confirm", "parameter_invalid_boolean"),
        (
            {"automatic_payment_methods": {"enabled": True, "color": "red"}},
            "automatic_payment_methods[color]",
            None,
        ),
        (
            {"automatic_payment_methods": {"allow_redirects": "never"}},
            "automatic_payment_methods[enabled]",
            None,
        ),
        ({"metadata": {"a": {"b": "c"}}}, "metadata", None),
        ({"expand": "latest_charge"}, "expand", None),
        ({"customer": ""}, "customer", "parameter_invalid_empty"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"currency": "dollars"}, "currency", None),
        ({"off_session": True}, "off_session", None),
        ({"capture_method": "manual"}, "capture_method", None),
        ({"customer": "cus_nobody"}, "customer", "resource_missing"),
        ({"payment_method": "pm_nothing"}, "payment_method", "resource_missing"),
    ],
)
def test_a_wrong_parameter_is_named(shop: Shop, params: dict[str, Any], param: str, code: str | None) -> None:
    wanted: Any = {**INTENT, **params}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payment_intents.create(wanted)
    assert (caught.value.http_status, caught.value.param) == (400, param)
    assert code is None or caught.value.code == code
    assert shop.client.v1.payment_intents.list().data == []


def test_a_missing_parameter_is_named(shop: Shop) -> None:
    wanted: Any = {"currency": "usd"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payment_intents.create(wanted)
    assert (caught.value.param, caught.value.code) == ("amount", "parameter_missing")


def test_automatic_methods_and_named_types_exclude_each_other(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        shop.open_intent(automatic_payment_methods={"enabled": True})


def test_automatic_methods_that_may_redirect_need_a_return_address(shop: Shop) -> None:
    wanted: Any = {**INTENT, "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payment_intents.create(wanted)
    assert caught.value.param == "return_url"
    never: Any = {**wanted, "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    assert shop.client.v1.payment_intents.create(never).status == "succeeded"
    assert len(shop.client.v1.payment_intents.list().data) == 1


def test_an_unknown_parameter_of_a_list_is_refused_too(shop: Shop) -> None:
    wanted: Any = {"status": "succeeded"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.client.v1.payment_intents.list(wanted)
    assert caught.value.param == "status"


def test_an_unknown_address_is_404(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as caught:
        shop.client.v1.coupons.list()
    assert caught.value.http_status == 404


def test_values_get_their_types() -> None:
    sent = "amount=5&currency=usd&confirm=false&off_session=true&metadata[a]=1&expand[0]=customer&expand[1]=x"
    assert checked("PaymentIntentCreateParams", decoded(sent)) == {
        "amount": 5,
        "currency": "usd",
        "confirm": False,
        "off_session": True,
        "metadata": {"a": "1"},
        "expand": ["customer", "x"],
    }


@pytest.mark.parametrize("name", ["a[b", "a]b", "[a]", "a[b]c"])
def test_a_malformed_name_is_refused(name: str) -> None:
    with pytest.raises(ApiError):
        decoded(f"{name}[x]=1")


def test_brackets_without_an_index_append() -> None:
    assert decoded("expand[]=a&expand[]=b") == {"expand": {"0": "a", "1": "b"}}


def test_the_order_of_parameters_does_not_matter_for_a_key() -> None:
    assert same_values("a=1&b=2") == same_values("b=2&a=1")
    assert same_values("a=1&b=2") != same_values("a=2&b=1")


def test_a_card_number_is_not_kept_in_the_list_of_requests(shop: Shop) -> None:
    shop.typed_card()
    kept = repr(shop.server.requests())
    assert "4242424242424242" not in kept
    assert "cvc%5D=***" in kept or "[cvc]=***" in kept
    assert "123" not in masked("card[cvc]=123")
