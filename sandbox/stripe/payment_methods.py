"""Payment methods: cards, made from a number (browser), a test alias (server) and saved to customers."""

import hashlib

from sandbox.stripe.call import Call, merged_metadata, secret_key_only, shown
from sandbox.stripe.cards import SUCCEED, Card, card_numbered, card_of_alias, is_luhn_valid, saving_answer
from sandbox.stripe.declines import decline, error_fields
from sandbox.stripe.errors import ApiError, invalid_request, missing
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object, new_id, wall_seconds, wall_time

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def create(call: Call, params: Nested) -> Object:
    """A new, unsaved card. Numbers come from browsers only (a publishable key); servers name a test token."""
    if params.get("type") != "card" or "card" not in params:
        raise invalid_request("The sandbox knows the type 'card' only.", param="type")
    details = params["card"]
    if "token" in details:
        payment_method = _of_alias(call, details["token"], "card[token]")
    elif not call.is_publishable:
        message = (
            "Sending credit card numbers directly to the Stripe API is generally unsafe. "
            "Use a test token, or a publishable key from the browser."
        )
        raise invalid_request(message, param="card[number]")
    else:
        payment_method = _of_number(call, details)
    payment_method["billing_details"] |= params.get("billing_details", {})
    payment_method["metadata"] = merged_metadata({}, params.get("metadata"))
    return call.view(payment_method, params.get("expand"))


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The payment method."""
    return call.view(_find(call, id_, "id"), params.get("expand"))


def update(call: Call, params: Nested, id_: str) -> Object:
    """Changes billing details, expiry or metadata of a saved card."""
    payment_method = _find(call, id_, "id")
    payment_method["billing_details"] = {
        **payment_method["billing_details"],
        **params.get("billing_details", {}),
    }
    expiry = {name: value for name, value in params.get("card", {}).items() if name in ("exp_month", "exp_year")}
    payment_method["card"] = {**payment_method["card"], **expiry}
    payment_method["metadata"] = merged_metadata(payment_method["metadata"], params.get("metadata"))
    call.emit("payment_method.updated", payment_method)
    return call.view(payment_method, params.get("expand"))


def attach(call: Call, params: Nested, id_: str) -> Object:
    """Saves the card to a customer; the cards documented as declining do so here already."""
    customer = params.get("customer")
    if not customer:
        raise invalid_request("Missing required param: customer.", param="customer", code="parameter_missing")
    call.find("customer", customer, "customer")
    payment_method = usable(call, id_, customer, "id")
    answer = saving_answer(card_of(payment_method), authenticated=True)
    if answer != SUCCEED:
        raise ApiError(402, error_fields(decline(answer)))
    save_to_customer(call, payment_method, customer)
    return call.view(payment_method, params.get("expand"))


def detach(call: Call, params: Nested, id_: str) -> Object:
    """Lets go of the card for good: Stripe never takes it again."""
    payment_method = call.find("payment_method", id_)
    if payment_method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise invalid_request(message, param="payment_method")
    before = {"customer": payment_method["customer"]}
    payment_method.update(customer=None, _used_up=True)
    call.emit("payment_method.detached", payment_method, before)
    return call.view(payment_method, params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """A customer's cards, newest first."""
    if customer := params.get("customer"):
        return list_of_customer(call, params, customer, "/v1/payment_methods")
    empty: Object = {"object": "list", "url": "/v1/payment_methods", "has_more": False, "data": []}
    return empty


def list_of_customer(call: Call, params: Nested, customer: str, url: str = "") -> Object:
    """The same, under the customer's own address."""
    call.find("customer", customer, "customer")
    url = url or f"/v1/customers/{customer}/payment_methods"
    return listed(call, "payment_method", url, params, customer=customer, type=params.get("type"))


def retrieve_of_customer(call: Call, params: Nested, customer: str, id_: str) -> Object:
    """One card of the customer."""
    payment_method = call.find("payment_method", id_)
    if payment_method["customer"] != customer:
        raise missing("payment_method", id_)
    return call.view(payment_method, params.get("expand"))


def usable(call: Call, id_: str, customer: str | None, param: str = "payment_method") -> Object:
    """The payment method, if it may be used for this customer. Raises ApiError otherwise."""
    payment_method = _find(call, id_, param)
    owner = payment_method["customer"]
    if payment_method["_used_up"]:
        raise invalid_request(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, or was detached from a Customer. It may not be used again.",
            param=param,
        )
    if owner and not customer:
        message = f"The PaymentMethod {id_} belongs to a Customer. Please include the Customer on the intent."
        raise invalid_request(message, param=param)
    if owner and owner != customer:
        message = f"The payment method {id_} is attached to a different customer."
        raise invalid_request(message, param=param)
    return payment_method


def save_to_customer(call: Call, payment_method: Object, customer: str, *, is_set_up: bool = False) -> None:
    """Attaches the card; does nothing twice."""
    payment_method["_set_up"] = payment_method["_set_up"] or is_set_up
    if payment_method["customer"] != customer:
        payment_method["customer"] = customer
        call.emit("payment_method.attached", payment_method)


def replace_card(call: Call, id_: str, exp_month: int, exp_year: int) -> None:
    """The bank replaced the card behind a saved payment method."""
    payment_method = call.find("payment_method", id_)
    payment_method["card"] = {**payment_method["card"], "exp_month": exp_month, "exp_year": exp_year}
    call.emit("payment_method.automatically_updated", payment_method)
    call.state.changed.set()


def card_of(payment_method: Object) -> Card:
    """The test card behind a payment method."""
    card = card_numbered(payment_method["_number"])
    assert card
    return card


def from_params(call: Call, params: Nested, customer: str | None) -> Object | None:
    """The payment method an intent's request names, if any."""
    if "payment_method_data" in params:
        secret_key_only(call)
        raise invalid_request("The sandbox takes payment_method, not payment_method_data.", param="payment_method_data")
    named = params.get("payment_method")
    return usable(call, named, customer) if named else None


def _find(call: Call, id_: str, param: str) -> Object:
    return _of_alias(call, id_, param) if id_.startswith("pm_card_") else call.find("payment_method", id_, param)


def _of_alias(call: Call, alias: str, param: str) -> Object:
    card = card_of_alias(alias)
    if card is None:
        raise missing("PaymentMethod", alias, param, 404 if param == "id" else 400)
    year = wall_seconds() // 31_556_952 + 1970
    return call.add(_payment_method(card, 12, year + 5))


def _of_number(call: Call, details: Nested) -> Object:
    number = details.get("number", "").replace(" ", "")
    if not number.isdigit() or not is_luhn_valid(number):
        raise _card_error("incorrect_number", "number")
    month, year = details.get("exp_month", 0), details.get("exp_year", 0)
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        raise _bad_field("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    if not _is_in_future(month, year):
        raise _bad_field("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    card = card_numbered(number)
    cvc = details.get("cvc")
    if cvc is not None and not (cvc.isdigit() and len(cvc) == (4 if number[0] == "3" else 3)):
        raise _bad_field("invalid_cvc", "Your card's security code is invalid.", "cvc")
    if card is None:
        raise _card_error("test_mode_live_card", "number")
    return call.add(_payment_method(card, month, year))


def _is_in_future(month: int, year: int) -> bool:
    months_now = wall_time() / 31_556_952 * 12 + 1970 * 12
    return year * 12 + month > months_now and year < 2100


def _card_error(decline_code: str, param: str) -> ApiError:
    return ApiError(402, error_fields(decline(decline_code)) | {"param": param})


def _bad_field(code: str, message: str, param: str) -> ApiError:
    return ApiError(402, {"code": code, "message": message, "param": param, "type": "card_error"})


def _payment_method(card: Card, month: int, year: int) -> Object:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": dict.fromkeys(_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "card": card_fields(card, month, year),
        "created": wall_seconds(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": card.number,
        "_set_up": False,
        "_used_up": False,
    }


def card_fields(card: Card, month: int, year: int) -> Object:
    """The `card` part of a payment method."""
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": "debit" if "debit" in card.alias else "credit",
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def in_error(payment_method: Object) -> Object:
    """The payment method as an error shows it."""
    return shown(payment_method)
