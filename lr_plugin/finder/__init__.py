"""Which learning rate? Range tests, what they say, and how far to trust it."""
