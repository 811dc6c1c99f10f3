"""What a demo or a test has instead of the outside world."""
