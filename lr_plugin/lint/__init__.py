"""The linter: what is legal but probably not meant, and the override that mends it."""

from lr_plugin.lint.finding import NAMES, Finding, read_silence
from lr_plugin.lint.linter import lint
from lr_plugin.lint.rules import lint_rules

__all__ = ["NAMES", "Finding", "lint", "lint_rules", "read_silence"]
