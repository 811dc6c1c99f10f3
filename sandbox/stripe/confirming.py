"""What happens when a payment intent is confirmed: the bank is asked, and what follows from its answer."""

from sandbox.stripe import charges, disputes
from sandbox.stripe.call import Call
from sandbox.stripe.cards import SUCCEED, bank_answer
from sandbox.stripe.declines import AUTHENTICATION_REQUIRED, Decline, decline, error_fields
from sandbox.stripe.errors import ApiError, invalid_request, unexpected_state
from sandbox.stripe.form import Nested
from sandbox.stripe.payment_methods import card_of, from_params, in_error, save_to_customer, usable
from sandbox.stripe.wire import Object, new_id, random_text

_CONFIRMABLE = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


def require_confirmable(call: Call, intent: Object, params: Nested) -> None:
    """Raises ApiError 400 unless the intent can be confirmed with these parameters; changes nothing."""
    if intent["status"] not in _CONFIRMABLE:
        message = f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        raise unexpected_state("payment_intent", message, call.view(intent))
    if not (params.get("payment_method") or params.get("payment_method_data") or intent["payment_method"]):
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise unexpected_state("payment_intent", message, call.view(intent))
    if not call.is_publishable:
        _require_return_address(intent, params)


def confirm(call: Call, intent: Object, params: Nested) -> None:
    """Charges the intent or asks for 3-D Secure. Raises ApiError 402 when declined; the intent says why."""
    require_confirmable(call, intent, params)
    payment_method = from_params(call, params, intent["customer"]) or usable(
        call, intent["payment_method"], intent["customer"]
    )
    if usage := params.get("setup_future_usage"):
        intent["setup_future_usage"] = usage
    intent.update(payment_method=payment_method["id"], next_action=None, last_payment_error=None)
    off_session = bool(params.get("off_session"))
    strict = params.get("error_on_requires_action", False)
    _ask_bank(call, intent, payment_method, off_session=off_session, strict=strict)


def finish_authentication(call: Call, intent: Object, *, passed: bool) -> None:
    """3-D Secure came back: charges, or puts the intent back. Raises ApiError 402 when then declined."""
    payment_method = call.find("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if passed:
        answer = _bank_says(payment_method, off_session=False, authenticated=True)
        _settle(call, intent, payment_method, answer, authenticated=True)
        return
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error={
            "code": "payment_intent_authentication_failure",
            "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            "message": (
                "We are unable to authenticate your payment method. "
                "Please choose a different payment method and try again."
            ),
            "payment_method": in_error(payment_method),
            "type": "invalid_request_error",
        },
    )
    call.emit("payment_intent.payment_failed", intent)


def challenge(call: Call, intent: Object) -> Object:
    """The `next_action` of an intent that waits for 3-D Secure."""
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {
            "type": "three_d_secure_redirect",
            "source": new_id("src"),
            "stripe_js": f"{call.base_url}/v1/sandbox/3ds/{intent['id']}",
            "directory_server_name": "sandbox",
            "transaction": random_text(16),
        },
    }


def _require_return_address(intent: Object, params: Nested) -> None:
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] != "never" and not params.get("return_url"):
        raise invalid_request(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "
            "some of these might redirect your customer off of your page, you must provide a `return_url`. "
            "If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[allow_redirects]` to `never`.",
            param="return_url",
        )


def _ask_bank(call: Call, intent: Object, payment_method: Object, *, off_session: bool, strict: bool) -> None:
    answer = _scripted(call, payment_method["id"]) or (intent["customer"] and _scripted(call, intent["customer"]))
    if not answer:
        answer = _bank_says(payment_method, off_session=off_session, authenticated=False)
    # Off-session the bank asked for this card to be authenticated: on-session it asks again, whatever the card.
    if not off_session and intent.get("_asked_for") == payment_method["id"]:
        answer = AUTHENTICATION_REQUIRED
    if answer == AUTHENTICATION_REQUIRED and not off_session and not strict:
        intent.update(status="requires_action", next_action=challenge(call, intent))
        call.emit("payment_intent.requires_action", intent)
        return
    _settle(call, intent, payment_method, answer, authenticated=False)


def _scripted(call: Call, id_: str) -> str | None:
    script = call.state.scripts.get(id_)
    return script.pop(0) if script else None


def _bank_says(payment_method: Object, *, off_session: bool, authenticated: bool) -> str:
    return bank_answer(
        card_of(payment_method),
        off_session=off_session,
        authenticated=authenticated,
        set_up=payment_method["_set_up"],
        attached=payment_method["customer"] is not None,
    )


def _settle(call: Call, intent: Object, payment_method: Object, answer: str, *, authenticated: bool) -> None:
    no = None if answer == SUCCEED else decline(answer)
    charge = charges.record(call, intent, payment_method, no, authenticated=authenticated)
    intent["latest_charge"] = charge["id"]
    if no:
        _decline(call, intent, payment_method, charge, no)
    _succeed(call, intent, payment_method, charge)


def _decline(call: Call, intent: Object, payment_method: Object, charge: Object, no: Decline) -> None:
    error = error_fields(no, in_error(payment_method), charge["id"])
    if no.code == AUTHENTICATION_REQUIRED:
        intent["_asked_for"] = payment_method["id"]
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    call.emit("charge.failed", charge)
    call.emit("payment_intent.payment_failed", intent)
    raise ApiError(402, {**error, "payment_intent": call.view(intent)})


def _succeed(call: Call, intent: Object, payment_method: Object, charge: Object) -> None:
    intent.update(status="succeeded", amount_received=intent["amount"])
    call.record_effect(
        "charge",
        id=charge["id"],
        payment_intent=intent["id"],
        amount=intent["amount"],
        currency=intent["currency"],
        customer=intent["customer"],
        metadata=dict(intent["metadata"]),
    )
    saves = intent["setup_future_usage"]
    if intent["customer"] and saves:
        save_to_customer(call, payment_method, intent["customer"], is_set_up=saves == "off_session")
    elif payment_method["customer"] is None:
        payment_method["_used_up"] = True
    call.emit("charge.succeeded", charge)
    call.emit("payment_intent.succeeded", intent)
    if card_of(payment_method).disputed:
        disputes.open_dispute(call, charge)
