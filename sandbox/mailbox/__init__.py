"""A mailbox for demos and tests: a real SMTP listener, and a page to read what arrived."""
