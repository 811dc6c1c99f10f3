"""Payment intents: created, confirmed, cancelled, listed."""

from sandbox.stripe import confirming
from sandbox.stripe.call import Call, merged_metadata, require_client_secret
from sandbox.stripe.errors import invalid_request, unexpected_state
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.payment_methods import from_params
from sandbox.stripe.wire import Object, new_id, random_text, wall_seconds

_FINAL = frozenset({"succeeded", "canceled"})
_PLAIN = (
    "description",
    "payment_method_options",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
_NOT_PLAYED = {
    "capture_method": "manual",
    "confirmation_method": "manual",
}
SMALLEST_AMOUNT, LARGEST_AMOUNT = 50, 99_999_999


def create(call: Call, params: Nested) -> Object:
    """A new intent, confirmed at once when `confirm` says so. A declined one stays, with its reason."""
    _refuse_contradictions(params)
    _check_amount(params["amount"])
    intent = _new_intent(params)
    if customer := params.get("customer"):
        call.find("customer", customer, "customer")
    payment_method = from_params(call, params, intent["customer"])
    if payment_method:
        intent.update(payment_method=payment_method["id"], status="requires_confirmation")
    if params.get("confirm"):
        confirming.require_confirmable(call, intent, params)
    call.add(intent)
    call.emit("payment_intent.created", intent)
    if params.get("confirm"):
        # The test alias has become a payment method of its own above: never make a second one.
        chosen = {"payment_method": payment_method["id"]} if payment_method else {}
        confirming.confirm(call, intent, {**params, **chosen})
    return call.view(intent, params.get("expand"))


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The intent; a browser needs its client secret."""
    intent = call.find("payment_intent", id_)
    require_client_secret(call, intent, params.get("client_secret"))
    return call.view(intent, params.get("expand"))


def update(call: Call, params: Nested, id_: str) -> Object:
    """Changes an intent that is not final."""
    intent = call.find("payment_intent", id_)
    if intent["status"] in _FINAL:
        message = f"This PaymentIntent could not be updated because it has a status of {intent['status']}."
        raise unexpected_state("payment_intent", message, call.view(intent))
    if "amount" in params:
        _check_amount(params["amount"])
        intent["amount"] = params["amount"]
    if "customer" in params:
        intent["customer"] = call.find("customer", params["customer"], "customer")["id"]
    if payment_method := from_params(call, params, intent["customer"]):
        intent.update(payment_method=payment_method["id"], status="requires_confirmation")
    intent.update({name: params[name] or None for name in _PLAIN if name in params})
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata"))
    return call.view(intent, params.get("expand"))


def confirm(call: Call, params: Nested, id_: str) -> Object:
    """Charges the intent; on-session from a browser with its client secret."""
    intent = call.find("payment_intent", id_)
    require_client_secret(call, intent, params.get("client_secret"))
    if call.is_publishable and params.get("off_session"):
        raise invalid_request("off_session may not be set with a publishable key.", param="off_session")
    confirming.confirm(call, intent, params)
    return call.view(intent, params.get("expand"))


def cancel(call: Call, params: Nested, id_: str) -> Object:
    """Ends an intent that has not been paid."""
    intent = call.find("payment_intent", id_)
    if intent["status"] in _FINAL:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "
            "requires_capture, requires_confirmation, requires_action, processing."
        )
        raise unexpected_state("payment_intent", message, call.view(intent))
    intent.update(
        status="canceled",
        canceled_at=wall_seconds(),
        cancellation_reason=params.get("cancellation_reason"),
        next_action=None,
    )
    call.emit("payment_intent.canceled", intent)
    return call.view(intent, params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Intents, newest first; at once complete, unlike search."""
    return listed(call, "payment_intent", "/v1/payment_intents", params, customer=params.get("customer"))


def _refuse_contradictions(params: Nested) -> None:
    for name, value in _NOT_PLAYED.items():
        if params.get(name) == value:
            raise invalid_request(f"The sandbox does not play {name}={value}.", param=name)
    if params.get("off_session") and not params.get("confirm"):
        raise invalid_request("off_session may only be set when confirm is true.", param="off_session")
    if "automatic_payment_methods" in params and "allowed_payment_method_types" in params:
        raise invalid_request(
            "You may only specify one of these parameters: automatic_payment_methods, allowed_payment_method_types.",
            param="allowed_payment_method_types",
        )
    if params.get("return_url") and not params.get("confirm"):
        raise invalid_request("return_url may only be set when confirm is true.", param="return_url")


def _check_amount(amount: int) -> None:
    if amount < SMALLEST_AMOUNT:
        message = "Amount must be at least $0.50 usd."
        raise invalid_request(message, param="amount", code="amount_too_small")
    if amount > LARGEST_AMOUNT:
        raise invalid_request("Amount must be no more than $999,999.99.", param="amount", code="amount_too_large")


def automatic_methods(params: Nested) -> Object | None:
    """The intent's `automatic_payment_methods`: on unless types are named."""
    if "allowed_payment_method_types" in params:
        return None
    chosen = params.get("automatic_payment_methods", {"enabled": True})
    return {"allow_redirects": "always", **chosen} if chosen["enabled"] else None


def _new_intent(params: Nested) -> Object:
    id_ = new_id("pi")
    if not params["currency"].isalpha() or len(params["currency"]) != 3:
        raise invalid_request(f"Invalid currency: {params['currency']}.", param="currency")
    return {
        "id": id_,
        "object": "payment_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": params.get("application_fee_amount"),
        "automatic_payment_methods": automatic_methods(params),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{id_}_secret_{random_text(25)}",
        "confirmation_method": "automatic",
        "created": wall_seconds(),
        "currency": params["currency"].lower(),
        "customer": params.get("customer"),
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **{name: params[name] for name in _PLAIN if name in params},
        "metadata": merged_metadata({}, params.get("metadata")),
    }
