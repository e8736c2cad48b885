"""The error that says that training diverged."""

__all__ = ["DivergedError"]


class DivergedError(RuntimeError):
    """Training left the numbers it can come back from: a result, not a mistake of the program."""
