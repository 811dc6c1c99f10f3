"""One API request from its arrival to its answer: faults, key, params, idempotency, endpoint."""

import base64
import re
import threading
from collections import deque
from email.message import Message

from sandbox.stripe.call import Call, secret_key_only
from sandbox.stripe.errors import (
    ApiError,
    forbidden,
    invalid_request,
    rate_limited,
    server_error,
    unauthorized,
    unavailable,
)
from sandbox.stripe.faults import Faults, Struck
from sandbox.stripe.form import Nested, decoded, masked, same_values
from sandbox.stripe.idempotency import Keys, Stored
from sandbox.stripe.params import checked
from sandbox.stripe.routes import Route, matched
from sandbox.stripe.state import OWN_ACCOUNT, State
from sandbox.stripe.webhooks import Webhooks
from sandbox.stripe.wire import (
    Answer,
    ConnectionDroppedError,
    Object,
    Request,
    json_bytes,
    new_id,
    random_text,
    wall_time,
)

_ACCOUNT = re.compile(r"acct_\w+")
_BROWSER_FIELDS = ("key", "_stripe_account", "client_secret")
_REQUESTS_KEPT = 20_000


class Api:
    """The API of one server."""

    def __init__(self, state: State, secret_key: str, publishable_key: str) -> None:
        self.state = state
        self.keys = Keys(state)
        self.faults = Faults()
        self.webhooks = Webhooks()
        self.requests: deque[Object] = deque(maxlen=_REQUESTS_KEPT)
        self.revoked: set[str] = set()
        self.base_url = ""
        self._secret_key = secret_key
        self._publishable_key = publishable_key
        self._log_lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """The answer; raises ConnectionDroppedError when a fault swallows it. Every request is noted."""
        request_id = new_id("req", 14)
        faults = self.faults.striking(request)
        noted = self._note(request, request_id, faults)
        if "drop_before" in faults:
            raise ConnectionDroppedError
        try:
            answer = self._answer(request, request_id, faults)
        except ApiError as error:
            answer = Answer(error.status, json_bytes(error.body()))
        answer.headers |= {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("Stripe-Version", ""),
        }
        noted["status"] = answer.status
        noted["replayed"] = "Idempotent-Replayed" in answer.headers
        if "drop_after" in faults:
            raise ConnectionDroppedError
        if "cut_body" in faults:
            answer.keep = len(answer.body) // 2
        return answer

    def _answer(self, request: Request, request_id: str, faults: Struck) -> Answer:
        if "rate_limit" in faults:
            raise rate_limited()
        if "outage" in faults:
            raise unavailable()
        encoded = request.body.decode() if request.method == "POST" else request.query
        values = decoded(encoded)
        call = self._call(request, request_id, values)
        found = matched(request.method, request.path)
        if found is None:
            message = f"Unrecognized request URL ({request.method}: {request.path})."
            raise invalid_request(message, status=404)
        route, ids = found
        if not route.browser:
            secret_key_only(call)
        params = _params(route, call, values)
        if call.key is None or request.method != "POST":
            answer = self._run(route, call, params, ids, faults)
            return Answer(answer.status, answer.body)
        return self._answer_once(request, route, call, params, ids, faults, same_values(encoded))

    def _answer_once(
        self,
        request: Request,
        route: Route,
        call: Call,
        params: Nested,
        ids: tuple[str, ...],
        faults: Struck,
        fingerprint: str,
    ) -> Answer:
        name = f"{call.account}:{call.key}"
        headers = {"Idempotency-Key": call.key or "", "Original-Request": call.request_id}
        if known := self.keys.begin(name, request.path, fingerprint):
            return Answer(known.status, known.body, headers | {"Idempotent-Replayed": "true"})
        answer: Stored | None = None
        try:
            answer = self._run(route, call, params, ids, faults)
        finally:
            self.keys.finish(name, request.path, fingerprint, answer)
        return Answer(answer.status, answer.body, headers)

    def _run(self, route: Route, call: Call, params: Nested, ids: tuple[str, ...], faults: Struck) -> Stored:
        faults.wait("latency_before")
        if "error500_before" in faults:
            return _stored_500()
        with self.state.lock:
            try:
                answer = Stored(200, json_bytes(route.endpoint(call, params, *ids)))
            except ApiError as error:
                answer = Stored(error.status, json_bytes(error.body()))
            if route.method != "GET":
                self.state.changed.set()
        faults.wait("latency")
        return _stored_500() if "error500_after" in faults else answer

    def _call(self, request: Request, request_id: str, values: Nested) -> Call:
        key = _key(request.headers) or values.get("key")
        if not key:
            raise unauthorized("You did not provide an API key.")
        if key in self.revoked or key not in (self._secret_key, self._publishable_key):
            raise unauthorized(f"Invalid API Key provided: {key[:8]}****{key[-4:]}")
        account = request.headers.get("Stripe-Account") or values.get("_stripe_account") or OWN_ACCOUNT
        if not _ACCOUNT.fullmatch(account) or account in self.revoked:
            raise forbidden(
                f"The provided key does not have access to account '{account}' (or it does not exist).",
                "account_invalid",
            )
        return Call(
            state=self.state,
            outbox=self.webhooks,
            account=account,
            request_id=request_id,
            base_url=self.base_url,
            key=request.headers.get("Idempotency-Key"),
            is_publishable=key == self._publishable_key,
        )

    def own_call(self, account: str) -> Call:
        """A call of nobody's: what the bank does by itself."""
        return Call(self.state, self.webhooks, account, new_id("req", 14), self.base_url)

    def _note(self, request: Request, request_id: str, faults: Struck) -> Object:
        entry: Object = {
            "id": request_id,
            "at": wall_time(),
            "method": request.method,
            "path": request.path,
            "account": request.headers.get("Stripe-Account") or OWN_ACCOUNT,
            "key": request.headers.get("Idempotency-Key"),
            "body": masked(request.body.decode(errors="replace") or request.query),
            "faults": sorted(faults.kinds),
            "status": None,
            "replayed": False,
        }
        with self._log_lock:
            self.requests.append(entry)
        return entry


def _params(route: Route, call: Call, values: Nested) -> Nested:
    from_browser = {name: values.pop(name) for name in _BROWSER_FIELDS if call.is_publishable and name in values}
    params = checked(route.params_class, values) if route.params_class else values
    if "client_secret" in from_browser:
        params["client_secret"] = from_browser["client_secret"]
    return params


def _key(headers: Message) -> str | None:
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except ValueError:
            return None
    return rest.strip() or None


def _stored_500() -> Stored:
    error = server_error()
    fields = {**error.fields, "request_log_url": f"https://dashboard.stripe.com/test/logs/{random_text(8)}"}
    return Stored(500, json_bytes({"error": fields}))
