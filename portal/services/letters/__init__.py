"""Verbs that queue letters, one a letter, and the outbox that sends them."""
