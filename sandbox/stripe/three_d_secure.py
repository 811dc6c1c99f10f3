"""The bank's 3-D Secure page: the sandbox's own endpoint, called by the dialog of the Stripe.js stand-in."""

from sandbox.stripe import confirming, setup_intents
from sandbox.stripe.call import Call, require_client_secret
from sandbox.stripe.errors import invalid_request, unexpected_state
from sandbox.stripe.form import Nested
from sandbox.stripe.wire import Object


def finish(call: Call, params: Nested, id_: str) -> Object:
    """Passes or fails the awaited challenge; answers the intent, or 402 when the bank then declines."""
    kind = "setup_intent" if id_.startswith("seti_") else "payment_intent"
    intent = call.find(kind, id_)
    require_client_secret(call, intent, params.get("client_secret"))
    if params.get("outcome") not in ("pass", "fail"):
        raise invalid_request("outcome must be pass or fail.", param="outcome")
    if intent["status"] != "requires_action":
        message = f"The intent does not wait for authentication: its status is {intent['status']}."
        raise unexpected_state(kind, message, call.view(intent))
    passed = params["outcome"] == "pass"
    if kind == "setup_intent":
        setup_intents.finish_authentication(call, intent, passed=passed)
    else:
        confirming.finish_authentication(call, intent, passed=passed)
    return call.view(intent)
