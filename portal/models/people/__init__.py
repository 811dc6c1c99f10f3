"""Who logs in: patients, their sessions and their codes."""
