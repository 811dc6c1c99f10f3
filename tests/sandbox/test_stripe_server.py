"""The server itself: its file, its controls over HTTP, its static files, its speed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.stripe.api import Api
from sandbox.stripe.control import Controls, control_answer
from sandbox.stripe.files import file_answer
from sandbox.stripe.server import RunningStripe, start
from sandbox.stripe.state import State
from sandbox.stripe.wire import Request
from tests.sandbox.shop import Shop


def test_a_restart_keeps_everything_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "stripe" / "state.json"
    with start(file=file) as running:
        shop = Shop(running)
        customer = shop.customer()
        card = shop.saved_card(customer)
        first = shop.charge(customer, card, {"idempotency_key": "k"})
        running.script(card, ["lost_card"])
    with start(file=file) as running:
        shop = Shop(running)
        assert shop.charge(customer, card, {"idempotency_key": "k"}).id == first.id
        assert len(running.effects()) == 1
        assert shop.client.v1.events.list({"limit": 100}).data
        assert shop.declined(customer, card).decline_code == "lost_card"
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_a_change_reaches_the_file_while_the_server_runs(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with start(file=file) as running:
        customer = Shop(running).customer()
        deadline = time.monotonic() + 5
        while not (file.exists() and customer in file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_reset_forgets_everything(shop: Shop) -> None:
    customer = shop.customer()
    shop.charge(customer, shop.saved_card(customer), {"idempotency_key": "k"})
    shop.server.add_fault("outage", count=None)
    shop.server.reset()
    assert (shop.server.effects(), shop.server.requests(), shop.server.faults()) == ([], [], [])
    assert shop.client.v1.customers.list().data == []


def ask(server: RunningStripe, method: str, path: str, body: Any = None, **headers: str) -> Any:
    sent = json.dumps(body).encode() if body is not None else None
    kind = {"Content-Type": "application/json"} if sent else {}
    request = urllib.request.Request(server.url + path, sent, kind | headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["result"]


def test_the_controls_answer_over_http(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    ask(shop.server, "POST", "/sandbox/scripts", {"pm_or_customer": card, "outcomes": ["lost_card"]})
    shop.declined(customer, card)
    shop.charge(customer, card)
    assert [effect["customer"] for effect in ask(shop.server, "GET", "/sandbox/effects")] == [customer]
    ask(shop.server, "POST", "/sandbox/faults", {"kind": "rate_limit", "method": "POST", "count": 2})
    assert ask(shop.server, "GET", "/sandbox/faults")[0]["count"] == 2
    with pytest.raises(stripe.RateLimitError):
        shop.charge(customer, card)
    ask(shop.server, "DELETE", "/sandbox/faults")
    assert ask(shop.server, "GET", "/sandbox/requests")[-1]["status"] == 429
    ask(shop.server, "POST", "/sandbox/reset", {})
    assert shop.server.effects() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sandbox/faults", {"kind": "explode"}, 400),
        ("/sandbox/faults", {"nonsense": 1}, 400),
        ("/sandbox/nothing", {}, 404),
    ],
)
def test_a_wrong_control_says_so(server: RunningStripe, path: str, body: Any, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(server, "POST", path, body)
    assert caught.value.code == status
    caught.value.close()


def test_the_controls_refuse_other_machines_and_pages_of_other_origins() -> None:
    controls = Controls(Api(State(), "sk_test_a", "pk_test_a"))
    headers = Message()
    headers["Content-Type"] = "text/plain"
    assert control_answer(controls, Request("POST", "/sandbox/reset", "", headers, b"{}", "192.0.2.1")).status == 403
    assert control_answer(controls, Request("POST", "/sandbox/reset", "", headers, b"{}", "127.0.0.1")).status == 415


def test_static_files_stay_inside_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "js"
    folder.mkdir()
    (folder / "stripe.js").write_text("1")
    (tmp_path / "secret.js").write_text("2")
    found = file_answer("/stripe.js", folder)
    assert found
    assert (found.body, found.content_type) == (b"1", "text/javascript; charset=utf-8")
    for path in ("/js/../secret.js", "/js/%2e%2e/secret.js", "/js/none.js", "/js/", "/etc/passwd"):
        assert file_answer(path, folder) is None


def test_the_scripts_of_the_payment_element_are_served(server: RunningStripe) -> None:
    for path, kind in (("/stripe.js", "text/javascript"), ("/js/payment-element.html", "text/html")):
        with urllib.request.urlopen(server.url + path) as answer:
            assert answer.headers.get_content_type() == kind
            assert answer.read()


def test_browsers_of_any_origin_may_call_the_api(server: RunningStripe) -> None:
    request = urllib.request.Request(f"{server.url}/v1/payment_methods", method="OPTIONS")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", ""])
def test_live_keys_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match="test keys only"):
        start(secret_key=key)


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox.stripe", "--file", str(tmp_path / "state.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": url})
        assert client.v1.customers.create({}).id
        process.terminate()
        assert process.wait(10) == 0
    assert "cus_" in (tmp_path / "state.json").read_text()


def test_it_answers_at_least_200_charges_a_second(shop: Shop) -> None:
    customer = shop.customer()
    card = shop.saved_card(customer)
    shop.charge(customer, card)
    seconds = time.process_time()
    for _ in range(200):
        shop.charge(customer, card)
    # Processor time of client and server together, so that a busy machine does not fail it.
    assert time.process_time() - seconds < 1.0
    assert len(shop.server.effects()) == 201
