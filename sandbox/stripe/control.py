"""What a test or a demo may ask of the sandbox itself: in process, or at `/sandbox/...` on loopback."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.stripe import disputes, payment_methods
from sandbox.stripe.api import Api
from sandbox.stripe.declines import is_outcome
from sandbox.stripe.errors import ApiError
from sandbox.stripe.faults import Rule
from sandbox.stripe.state import OWN_ACCOUNT
from sandbox.stripe.wire import Answer, Object, Request, json_bytes

LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


class Controls:
    """The switches and counters of one server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def effects(self, kind: str | None = None) -> list[Object]:
        """The ledger: every "charge" and "refund" (`kind`) that moved money, oldest first."""
        with self._api.state.lock:
            return [dict(effect) for effect in self._api.state.effects if kind in (None, effect["kind"])]

    def requests(self) -> list[Object]:
        """The last 20,000 API requests: method, path, account, key, status, replayed, faults."""
        return list(self._api.requests)

    def add_fault(
        self,
        kind: str,
        method: str = ".*",
        path: str = ".*",
        count: int | None = 1,
        *,
        nth: int = 1,
        seconds: float = 0.0,
        body: str = "",
    ) -> None:
        """Puts a fault in force (`faults.KINDS`). `method` and `path` match whole, `body` anywhere."""
        self._api.faults.add(Rule(kind, method, path, count, nth, seconds, body))

    def faults(self) -> list[Object]:
        """The rules in force and how often each struck."""
        return self._api.faults.listed()

    def clear_faults(self) -> None:
        """Ends all faults."""
        self._api.faults.clear()

    def script(self, pm_or_customer: str, outcomes: list[str]) -> None:
        """What the next charges of this payment method or customer answer; afterwards the card decides.

        An outcome is `succeed`, `authentication_required` or a decline code, with other advice as
        `insufficient_funds/do_not_try_again`. Raises ValueError for another word.
        """
        for outcome in outcomes:
            if not is_outcome(outcome):
                raise ValueError(f"Unknown outcome {outcome!r}")
        with self._api.state.lock:
            self._api.state.scripts[pm_or_customer] = list(outcomes)
            self._api.state.changed.set()

    def dispute(self, charge: str, account: str = OWN_ACCOUNT) -> str:
        """The patient disputes a charge; answers the dispute's id. Raises ApiError when there is no such charge."""
        with self._api.state.lock:
            call = self._api.own_call(account)
            return str(disputes.open_dispute(call, call.find("charge", charge))["id"])

    def close_dispute(self, dispute: str, status: str = "lost", account: str = OWN_ACCOUNT) -> None:
        """The bank decides a dispute: `won` or `lost`."""
        with self._api.state.lock:
            disputes.close_dispute(self._api.own_call(account), dispute, status)

    def replace_card(self, payment_method: str, exp_month: int, exp_year: int, account: str = OWN_ACCOUNT) -> None:
        """The bank sends the patient a new card and tells Stripe: the saved one is updated by itself."""
        with self._api.state.lock:
            payment_methods.replace_card(self._api.own_call(account), payment_method, exp_month, exp_year)

    def add_webhook(self, url: str, secret: str = "whsec_sandbox") -> None:
        """Tells this address about events from now on."""
        self._api.webhooks.add_endpoint(url, secret)

    def deliver_webhooks(self, on: bool) -> None:
        """Off: events are held until `release_webhooks`. On: those that come from now on are sent."""
        self._api.webhooks.switch(on=on)

    def misbehave_webhooks(self, *, copies: int = 1, late: float = 0.0) -> None:
        """Sends every event so many times, so many seconds late."""
        self._api.webhooks.misbehave(copies=copies, late=late)

    def release_webhooks(self, *, shuffled: bool = False) -> int:
        """Sends the held events; answers how many."""
        return self._api.webhooks.release(shuffled=shuffled)

    def resend_webhooks(self) -> int:
        """Sends again what was already received; answers how many."""
        return self._api.webhooks.resend()

    def wait_for_webhooks(self, timeout: float = 10.0) -> bool:
        """Waits until no delivery is under way; false when the time is over first."""
        return self._api.webhooks.wait_until_idle(timeout)

    def webhook_log(self) -> list[Object]:
        """Each delivery tried, with the receiver's status."""
        return self._api.webhooks.log()

    def age_keys(self, seconds: float) -> None:
        """Puts the clock of the idempotency keys forward (they live 24 hours); `created` stays real."""
        self._api.keys.put_forward(seconds)

    def revoke(self, key_or_account: str, on: bool = True) -> None:
        """Refuses an API key (401) or a connected account (403), or takes it back."""
        if on:
            self._api.revoked.add(key_or_account)
        else:
            self._api.revoked.discard(key_or_account)

    def reset(self) -> None:
        """Forgets objects, keys, effects, scripts, faults, requests, deliveries; webhook endpoints stay."""
        self._api.state.clear()
        self._api.faults.clear()
        self._api.webhooks.clear()
        self._api.requests.clear()
        self._api.revoked.clear()


_ENDPOINTS: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "/sandbox/effects"): Controls.effects,
    ("GET", "/sandbox/requests"): Controls.requests,
    ("GET", "/sandbox/faults"): Controls.faults,
    ("POST", "/sandbox/faults"): Controls.add_fault,
    ("DELETE", "/sandbox/faults"): Controls.clear_faults,
    ("POST", "/sandbox/scripts"): Controls.script,
    ("POST", "/sandbox/disputes"): Controls.dispute,
    ("POST", "/sandbox/disputes/close"): Controls.close_dispute,
    ("POST", "/sandbox/cards/replace"): Controls.replace_card,
    ("GET", "/sandbox/webhooks"): Controls.webhook_log,
    ("POST", "/sandbox/webhooks"): Controls.add_webhook,
    ("POST", "/sandbox/webhooks/deliveries"): Controls.deliver_webhooks,
    ("POST", "/sandbox/webhooks/misbehave"): Controls.misbehave_webhooks,
    ("POST", "/sandbox/webhooks/release"): Controls.release_webhooks,
    ("POST", "/sandbox/webhooks/resend"): Controls.resend_webhooks,
    ("POST", "/sandbox/webhooks/wait"): Controls.wait_for_webhooks,
    ("POST", "/sandbox/keys/age"): Controls.age_keys,
    ("POST", "/sandbox/revoked"): Controls.revoke,
    ("POST", "/sandbox/reset"): Controls.reset,
}


def control_answer(controls: Controls, request: Request) -> Answer:
    """The answer to `/sandbox/...`: the JSON body's names are the arguments of the method of `Controls`."""
    if request.peer not in LOOPBACK:
        return _answer(403, {"error": "Only from this machine."})
    endpoint = _ENDPOINTS.get((request.method, request.path))
    if endpoint is None:
        return _answer(404, {"error": "No such control.", "controls": [" ".join(one) for one in _ENDPOINTS]})
    # A page in a browser cannot send this type to another origin without being allowed to.
    if request.method == "POST" and not request.headers.get("Content-Type", "").startswith("application/json"):
        return _answer(415, {"error": "Send application/json."})
    try:
        return _answer(200, {"result": endpoint(controls, **json.loads(request.body or b"{}"))})
    except (ApiError, TypeError, ValueError) as error:
        return _answer(400, {"error": str(error)})


def _answer(status: int, body: Object) -> Answer:
    return Answer(status, json_bytes(body))
