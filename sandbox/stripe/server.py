"""Starts and stops a sandbox Stripe."""

import threading
from pathlib import Path

from sandbox.stripe.api import Api
from sandbox.stripe.connection import Server
from sandbox.stripe.control import Controls, control_answer
from sandbox.stripe.files import file_answer
from sandbox.stripe.state import Saver, State
from sandbox.stripe.wire import Answer, Request

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": ("Authorization, Content-Type, Idempotency-Key, Stripe-Account, Stripe-Version"),
    "Access-Control-Expose-Headers": "Request-Id, Idempotent-Replayed",
    "Access-Control-Max-Age": "600",
}


class RunningStripe(Controls):
    """A started server, with its switches. `url` is what `STRIPE_API_BASE` wants."""

    def __init__(self, api: Api, server: Server, saver: Saver | None) -> None:
        super().__init__(api)
        self.port: int = server.server_address[1]
        self.url = api.base_url = f"http://127.0.0.1:{self.port}"
        self._server = server
        self._saver = saver
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox-stripe", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Ends the server, its connections and its threads; the file, if any, is written."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        self._api.webhooks.stop()
        if self._saver:
            self._saver.stop()

    def __enter__(self) -> "RunningStripe":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    port: int = 0,
    file: str | Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "whsec_sandbox",
    secret_key: str = "sk_test_sandbox",
    publishable_key: str = "pk_test_sandbox",
) -> RunningStripe:
    """Starts a sandbox Stripe on 127.0.0.1; port 0 takes a free one, `file` keeps the state over a restart.

    Raises ValueError for keys that could be live ones.
    """
    if not secret_key.startswith("sk_test_") or not publishable_key.startswith("pk_test_"):
        raise ValueError("The sandbox takes test keys only (sk_test_..., pk_test_...).")
    state = State(Path(file) if file else None)
    api = Api(state, secret_key, publishable_key)
    controls = Controls(api)

    def answer(request: Request) -> Answer:
        if request.path.startswith("/sandbox/"):
            return control_answer(controls, request)
        if request.path.startswith("/v1/"):
            return _api_answer(api, request)
        return file_answer(request.path) or Answer(404, b"Not found", {}, "text/plain")

    running = RunningStripe(api, Server(("127.0.0.1", port), answer), Saver(state) if file else None)
    if webhook_url:
        running.add_webhook(webhook_url, webhook_secret)
    return running


def _api_answer(api: Api, request: Request) -> Answer:
    found = Answer(204, b"") if request.method == "OPTIONS" else api.answer(request)
    found.headers |= _CORS
    return found
