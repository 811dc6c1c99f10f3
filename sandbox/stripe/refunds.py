"""Refunds: back to the card, never more than what is left of the charge."""

from sandbox.stripe.call import Call, merged_metadata
from sandbox.stripe.errors import invalid_request
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object, new_id, wall_seconds


def create(call: Call, params: Nested) -> Object:
    """Refunds a charge, whole or in part."""
    charge = _charge_of(call, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid_request(message, code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid_request("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        asked, rest = _dollars(amount), _dollars(left)
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise invalid_request(message, param="amount")
    refund = call.add(_new_refund(charge, amount, params))
    before = {"amount_refunded": charge["amount_refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.record_effect(
        "refund",
        id=refund["id"],
        payment_intent=charge["payment_intent"],
        charge=charge["id"],
        amount=amount,
        currency=charge["currency"],
        customer=charge["customer"],
        metadata=dict(refund["metadata"]),
    )
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge, before)
    return call.view(refund, params.get("expand"))


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The refund."""
    return call.view(call.find("refund", id_), params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Refunds, newest first."""
    wanted = {name: params.get(name) for name in ("charge", "payment_intent")}
    return listed(call, "refund", "/v1/refunds", params, **wanted)


def _charge_of(call: Call, params: Nested) -> Object:
    if charge := params.get("charge"):
        return _paid(call.find("charge", charge, "charge"))
    if not (named := params.get("payment_intent")):
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise invalid_request(message, code="parameter_missing")
    intent = call.find("payment_intent", named, "payment_intent")
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({named}) does not have a successful charge to refund."
        raise invalid_request(message, param="payment_intent")
    return _paid(call.find("charge", intent["latest_charge"], "charge"))


def _paid(charge: Object) -> Object:
    if not charge["paid"]:
        raise invalid_request(f"Charge {charge['id']} did not succeed.", param="charge")
    if charge["disputed"]:
        raise invalid_request(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    return charge


def _new_refund(charge: Object, amount: int, params: Nested) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": wall_seconds(),
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": merged_metadata({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"
