"""Which learning rate? Range tests, what they say, and how far to trust it."""

from lr_plugin.finder.error import FindError
from lr_plugin.finder.find import find_learning_rate
from lr_plugin.finder.suggestion import Suggestion

__all__ = ["FindError", "Suggestion", "find_learning_rate"]
