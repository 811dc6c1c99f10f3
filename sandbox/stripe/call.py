"""One API call on its way through the sandbox: who asks, for which account, and what it may touch."""

import json
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sandbox.stripe.errors import forbidden, invalid_request, missing
from sandbox.stripe.state import OWN_ACCOUNT, State
from sandbox.stripe.wire import Object, json_bytes, new_id, wall_seconds

API_VERSION = "2026-10-28.endive"

# What a publishable key is shown of an intent.
_SHOWN_TO_BROWSERS = frozenset(
    {
        "id",
        "object",
        "amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "last_payment_error",
        "last_setup_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "source",
        "status",
        "usage",
    }
)
_EXPANDED_FROM = {
    "charge": "charge",
    "customer": "customer",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}
_NEVER_SET = frozenset({"balance_transaction", "application", "on_behalf_of", "latest_attempt", "mandate"})


class Outbox(Protocol):
    """Where events go after they are stored."""

    def send(self, account: str, event: bytes, type_: str) -> None:
        """Takes the event for delivery; returns at once."""

    def endpoint_count(self) -> int:
        """How many endpoints will be told."""


@dataclass
class Call:
    """Everything an endpoint needs. The state's lock is held while an endpoint runs."""

    state: State
    outbox: Outbox
    account: str
    request_id: str
    base_url: str
    key: str | None = None
    is_publishable: bool = False

    def add(self, obj: Object) -> Object:
        """Keeps a new object of this account."""
        return self.state.table(self.account, obj["object"]).add(obj)

    def find(self, kind: str, id_: str, param: str = "id") -> Object:
        """The account's object; ApiError `resource_missing` (404 in the path, 400 in a parameter)."""
        obj = self.state.table(self.account, kind).find(id_)
        if obj is None or (obj.get("deleted") and param != "id"):
            raise missing(kind, id_, param, 404 if param in ("id", "intent") else 400)
        return obj

    def emit(self, type_: str, obj: Object, previous: Object | None = None) -> None:
        """Stores an event with the object as it is now, and sends it."""
        content: Object = {"object": shown(obj)}
        if previous:
            content["previous_attributes"] = previous
        event: Object = {
            "id": new_id("evt"),
            "object": "event",
            "account": self.account,
            "api_version": API_VERSION,
            "created": wall_seconds(),
            "data": content,
            "livemode": False,
            "pending_webhooks": self.outbox.endpoint_count(),
            "request": {"id": self.request_id, "idempotency_key": self.key},
            "type": type_,
        }
        if not self.account_is_connected():
            del event["account"]
        text = json_bytes(event)
        # Kept as text: an event shows the object as it was, and text is the cheapest copy.
        row = {"id": event["id"], "object": "event", "created": event["created"]}
        self.add({**row, "_type": type_, "_text": text.decode()})
        self.outbox.send(self.account, text, type_)

    def account_is_connected(self) -> bool:
        """Whether a `Stripe-Account` was named."""
        return self.account != OWN_ACCOUNT

    def record_effect(self, kind: str, **facts: Any) -> None:
        """Writes money that really moved into the ledger a test counts."""
        effect = {"kind": kind, **facts, "key": self.key, "account": self.account, "created": wall_seconds()}
        self.state.effects.append(effect)

    def view(self, obj: Object, expand: list[str] | None = None) -> Object:
        """The object as this caller sees it, with `expand` followed."""
        result = shown(obj)
        if self.is_publishable and "client_secret" in obj:
            return {name: value for name, value in result.items() if name in _SHOWN_TO_BROWSERS}
        for path in expand or []:
            self._expand(result, path.split("."), path)
        return result

    def _expand(self, result: Object, parts: list[str], path: str) -> None:
        name, *rest = parts
        if name == "data" and rest:
            for row in result["data"]:
                self._expand(row, rest, path)
            return
        if name not in result or (name not in _EXPANDED_FROM and name not in _NEVER_SET):
            raise invalid_request(f"This property cannot be expanded ({path}).", param="expand")
        if isinstance(result[name], str) and name in _EXPANDED_FROM:
            result[name] = shown(self.find(_EXPANDED_FROM[name], result[name]))
        if rest and result[name]:
            self._expand(result[name], rest, path)


def shown(obj: Object) -> Object:
    """A copy without the sandbox's own marks (names that begin with an underscore)."""
    if "_text" in obj:
        return cast(Object, json.loads(obj["_text"]))
    return {name: value for name, value in obj.items() if name[0] != "_"}


def require_client_secret(call: Call, intent: Object, client_secret: str | None) -> None:
    """A publishable key reaches an intent only together with its client secret."""
    if call.is_publishable and client_secret != intent["client_secret"]:
        raise missing(intent["object"], intent["id"], "intent")


def secret_key_only(call: Call) -> None:
    """Refuses a publishable key."""
    if call.is_publishable:
        raise forbidden(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            "secret_key_required",
        )


def merged_metadata(old: dict[str, str], new: dict[str, str] | str | None) -> dict[str, str]:
    """Metadata after an update: an empty value removes its key, an empty string all of them."""
    if new is None:
        return old
    if isinstance(new, str):
        return {}
    return {name: text for name, text in {**old, **new}.items() if text != ""}
