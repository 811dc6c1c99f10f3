"""Setup intents: a card saved for later draws, without a charge."""

from sandbox.stripe.call import Call, merged_metadata, require_client_secret
from sandbox.stripe.cards import SUCCEED, saving_answer
from sandbox.stripe.confirming import challenge
from sandbox.stripe.declines import AUTHENTICATION_REQUIRED, decline, error_fields
from sandbox.stripe.errors import ApiError, invalid_request, unexpected_state
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.payment_intents import automatic_methods
from sandbox.stripe.payment_methods import card_of, from_params, in_error, save_to_customer, usable
from sandbox.stripe.wire import Object, new_id, random_text, wall_seconds

_FINAL = frozenset({"succeeded", "canceled"})


def create(call: Call, params: Nested) -> Object:
    """A new setup intent, confirmed at once when `confirm` says so."""
    if "automatic_payment_methods" in params and "allowed_payment_method_types" in params:
        message = "You may only specify one of automatic_payment_methods, allowed_payment_method_types."
        raise invalid_request(message, param="allowed_payment_method_types")
    if customer := params.get("customer"):
        call.find("customer", customer, "customer")
    intent = _new_intent(params)
    payment_method = from_params(call, params, customer)
    if payment_method:
        intent.update(payment_method=payment_method["id"], status="requires_confirmation")
    call.add(intent)
    call.emit("setup_intent.created", intent)
    if params.get("confirm"):
        chosen = {"payment_method": payment_method["id"]} if payment_method else {}
        _confirm(call, intent, {**params, **chosen})
    return call.view(intent, params.get("expand"))


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The intent; a browser needs its client secret."""
    intent = call.find("setup_intent", id_)
    require_client_secret(call, intent, params.get("client_secret"))
    return call.view(intent, params.get("expand"))


def confirm(call: Call, params: Nested, id_: str) -> Object:
    """Saves the card, or asks for 3-D Secure first."""
    intent = call.find("setup_intent", id_)
    require_client_secret(call, intent, params.get("client_secret"))
    _confirm(call, intent, params)
    return call.view(intent, params.get("expand"))


def cancel(call: Call, params: Nested, id_: str) -> Object:
    """Ends an intent that saved nothing."""
    intent = call.find("setup_intent", id_)
    _refuse_final(call, intent, "cancel")
    intent.update(status="canceled", cancellation_reason=params.get("cancellation_reason"), next_action=None)
    call.emit("setup_intent.canceled", intent)
    return call.view(intent, params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Setup intents, newest first."""
    wanted = {name: params.get(name) for name in ("customer", "payment_method")}
    return listed(call, "setup_intent", "/v1/setup_intents", params, **wanted)


def finish_authentication(call: Call, intent: Object, *, passed: bool) -> None:
    """3-D Secure came back: the card is saved, or the intent waits for another one."""
    payment_method = call.find("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if passed:
        _save(call, intent, payment_method)
        return
    error = {
        "code": "setup_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
        "message": (
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
        ),
        "payment_method": in_error(payment_method),
        "type": "invalid_request_error",
    }
    intent.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
    call.emit("setup_intent.setup_failed", intent)


def _confirm(call: Call, intent: Object, params: Nested) -> None:
    _refuse_final(call, intent, "confirm")
    payment_method = from_params(call, params, intent["customer"])
    if payment_method is None and intent["payment_method"]:
        payment_method = usable(call, intent["payment_method"], intent["customer"])
    if payment_method is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise unexpected_state("setup_intent", message, call.view(intent))
    intent.update(payment_method=payment_method["id"], last_setup_error=None, next_action=None)
    answer = saving_answer(card_of(payment_method), authenticated=False)
    if answer == SUCCEED:
        _save(call, intent, payment_method)
    elif answer == AUTHENTICATION_REQUIRED:
        intent.update(status="requires_action", next_action=challenge(call, intent))
        call.emit("setup_intent.requires_action", intent)
    else:
        error = error_fields(decline(answer), in_error(payment_method))
        intent.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
        call.emit("setup_intent.setup_failed", intent)
        raise ApiError(402, {**error, "setup_intent": call.view(intent)})


def _save(call: Call, intent: Object, payment_method: Object) -> None:
    intent["status"] = "succeeded"
    is_set_up = intent["usage"] == "off_session"
    if intent["customer"]:
        save_to_customer(call, payment_method, intent["customer"], is_set_up=is_set_up)
    else:
        payment_method["_set_up"] = is_set_up
    call.emit("setup_intent.succeeded", intent)


def _refuse_final(call: Call, intent: Object, verb: str) -> None:
    if intent["status"] in _FINAL:
        message = f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}."
        raise unexpected_state("setup_intent", message, call.view(intent))


def _new_intent(params: Nested) -> Object:
    id_ = new_id("seti")
    return {
        "id": id_,
        "object": "setup_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "application": None,
        "automatic_payment_methods": automatic_methods(params),
        "cancellation_reason": None,
        "client_secret": f"{id_}_secret_{random_text(25)}",
        "created": wall_seconds(),
        "customer": params.get("customer"),
        "description": params.get("description"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merged_metadata({}, params.get("metadata")),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": params.get("payment_method_options", {}),
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }
