"""`lr-plugin find`: which learning rate for a task, an optimizer and a schedule."""

import sys
from collections.abc import Sequence

import hydra
from omegaconf import DictConfig

import lr_plugin.searchpath  # noqa: F401 - importing it is what puts the recipes in reach
from lr_plugin.app.front import command

__all__ = ["find", "main"]

_REFUSED = 1
_UNTOUCHED = "nothing was found, and nothing was changed"

_refusals: list[str] = []


@hydra.main(version_base="1.3", config_path="pkg://lr_plugin.conf.lr_app", config_name="find")
def find(cfg: DictConfig) -> None:
    """Run the test that the config describes, and say what it found."""
    from lr_plugin.app.finding import report

    refusal = report(cfg)
    if refusal is not None:
        sys.stderr.write(f"lr-plugin find: {refusal}\n")
        _refusals.append(refusal)


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 1 if there is no suggestion.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin find`: Hydra's overrides and options.
    """
    _refusals.clear()
    code = command("find", find, arguments, _UNTOUCHED)
    return max(code, _REFUSED) if _refusals else code
