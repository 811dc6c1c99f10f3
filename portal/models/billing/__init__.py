"""Money asked for and taken: invoices, periods, attempts, ledger, receipts, cards, Stripe's accounts and events."""
