"""Charges: the record of each time the bank was asked."""

from sandbox.stripe.call import Call
from sandbox.stripe.declines import Decline
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object, new_id, wall_seconds


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The charge; `amount_refunded` says what went back."""
    return call.view(call.find("charge", id_), params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Charges, newest first."""
    wanted = {name: params.get(name) for name in ("customer", "payment_intent")}
    return listed(call, "charge", "/v1/charges", params, **wanted)


def record(call: Call, intent: Object, payment_method: Object, no: Decline | None, *, authenticated: bool) -> Object:
    """A charge of the whole intent: succeeded, or declined with `no`."""
    paid = no is None
    amount = intent["amount"]
    card = payment_method["card"]
    secure = {"authenticated": True, "result": "authenticated", "version": "2.2.0"} if authenticated else None
    charge: Object = {
        "id": new_id("ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if paid else 0,
        "amount_refunded": 0,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": payment_method["billing_details"],
        "captured": paid,
        "created": wall_seconds(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": no.code if no else None,
        "failure_message": no.message if no else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(no),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": payment_method["id"],
        "payment_method_details": {"type": "card", "card": {**card, "three_d_secure": secure}},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if paid else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }
    call.add(charge)
    return charge


def _outcome(no: Decline | None) -> Object:
    if no is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "advice_code": no.advice_code,
        "network_status": "declined_by_network",
        "reason": no.decline_code,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
