"""A small, stateful Stripe on loopback, for the demo and the tests."""
