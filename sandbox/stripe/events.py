"""Events and the account: what a webhook's receiver and a doctor command look up."""

from sandbox.stripe.call import Call
from sandbox.stripe.errors import missing
from sandbox.stripe.form import Nested
from sandbox.stripe.lists import listed
from sandbox.stripe.wire import Object


def retrieve(call: Call, params: Nested, id_: str) -> Object:
    """The event as it was sent."""
    return call.view(call.find("event", id_), params.get("expand"))


def list_all(call: Call, params: Nested) -> Object:
    """Events, newest first."""
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    if len(wanted) > 1:
        return _list_of_types(call, params, wanted)
    return listed(call, "event", "/v1/events", params, _type=wanted[0] if wanted else None)


def _list_of_types(call: Call, params: Nested, wanted: list[str]) -> Object:
    rows = call.state.table(call.account, "event").newest_first(params.get("starting_after"))
    chosen = [call.view(row) for row in rows if row["_type"] in wanted]
    limit = params.get("limit", 10)
    return {"object": "list", "url": "/v1/events", "has_more": len(chosen) > limit, "data": chosen[:limit]}


def retrieve_account(call: Call, params: Nested, id_: str | None = None) -> Object:
    """The account that was asked as."""
    if id_ and id_ != call.account:
        raise missing("account", id_)
    return {
        "id": call.account,
        "object": "account",
        "business_profile": {"name": "Sandbox", "support_email": None, "url": None},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"}},
        "type": "standard",
    }
