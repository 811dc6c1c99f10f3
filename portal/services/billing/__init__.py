"""Verbs of money: invoices, payment attempts, settlement, renewals, dunning, cards, Stripe's events."""
