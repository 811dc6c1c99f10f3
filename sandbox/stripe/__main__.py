"""`python -m sandbox.stripe --port N --file F --webhook-url U`: the sandbox Stripe as its own process."""

import argparse
import signal
import threading

from sandbox.stripe.server import start


def main() -> None:
    """Runs until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description="A sandbox Stripe on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--file", help="keeps the state over a restart")
    parser.add_argument("--webhook-url", help="who is told about events")
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    parser.add_argument("--secret-key", default="sk_test_sandbox")
    parser.add_argument("--publishable-key", default="pk_test_sandbox")
    args = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    running = start(args.port, args.file, args.webhook_url, args.webhook_secret, args.secret_key, args.publishable_key)
    print(f"sandbox Stripe at {running.url}", flush=True)
    stopped.wait()
    running.stop()


if __name__ == "__main__":
    main()
