"""Customers."""

from sandbox.stripe.call import Call, merged_metadata
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object, new_id, random_text, wall_seconds

_PLAIN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping")


def create(call: Call, params: Nested) -> Object:
    """A new customer."""
    customer: Object = {
        "id": new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": wall_seconds(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _change(call, customer, params)
    call.add(customer)
    call.emit("customer.created", customer)
    return call.view(customer, params.get("expand"))


def update(call: Call, params: Nested, id_: str) -> Object:
    """Changes what is named; an empty string unsets."""
    customer = call.find("customer", id_)
    _change(call, customer, params)
    call.emit("customer.updated", customer)
    return call.view(customer, params.get("expand"))


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The customer, or what is left of a deleted one."""
    return call.view(call.find("customer", id_), params.get("expand"))


def delete(call: Call, params: Nested, id_: str) -> Object:
    """Forgets the customer and lets go of the saved cards."""
    customer = call.find("customer", id_)
    call.emit("customer.deleted", customer)
    customer.clear()
    customer.update({"id": id_, "object": "customer", "created": 0, "deleted": True})
    for payment_method in call.state.table(call.account, "payment_method").oldest_first():
        if payment_method["customer"] == id_:
            payment_method.update(customer=None, _used_up=True)
    return {"id": id_, "object": "customer", "deleted": True}


def list_all(call: Call, params: Nested) -> Object:
    """Customers, newest first."""
    return listed(call, "customer", "/v1/customers", params, email=params.get("email"))


def _change(call: Call, customer: Object, params: Nested) -> None:
    for name in _PLAIN:
        if name in params:
            customer[name] = params[name] or None
    customer["metadata"] = merged_metadata(customer["metadata"], params.get("metadata"))
    settings = params.get("invoice_settings", {})
    if chosen := settings.get("default_payment_method"):
        call.find("payment_method", chosen, "invoice_settings[default_payment_method]")
    customer["invoice_settings"] = {**customer["invoice_settings"], **settings}
