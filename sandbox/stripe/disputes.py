"""Disputes: a patient asks the bank for the money back."""

from sandbox.stripe.call import Call
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object, new_id, wall_seconds


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The dispute."""
    return call.view(call.find("dispute", id_), params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Disputes, newest first."""
    wanted = {name: params.get(name) for name in ("charge", "payment_intent")}
    return listed(call, "dispute", "/v1/disputes", params, **wanted)


def open_dispute(call: Call, charge: Object) -> Object:
    """A dispute of the whole charge. The ledger is untouched: it counts what was asked of Stripe."""
    charge["disputed"] = True
    dispute: Object = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": wall_seconds(),
        "currency": charge["currency"],
        "evidence": {},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    call.add(dispute)
    call.emit("charge.dispute.created", dispute)
    call.state.changed.set()
    return dispute


def close_dispute(call: Call, id_: str, status: str) -> None:
    """The bank's decision: `won` (the clinic keeps the money) or `lost`. Raises ValueError for another word."""
    if status not in ("won", "lost"):
        raise ValueError(f"A dispute is won or lost, not {status!r}")
    dispute = call.find("dispute", id_)
    dispute["status"] = status
    call.emit("charge.dispute.closed", dispute)
    call.state.changed.set()
