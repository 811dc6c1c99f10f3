"""Letters on their way: the outbox."""
