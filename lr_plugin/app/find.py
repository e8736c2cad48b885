"""`lr-plugin find`: which learning rate for a task, an optimizer and a schedule."""

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

import hydra
from omegaconf import DictConfig

import lr_plugin.searchpath  # noqa: F401 - importing it is what puts the recipes in reach
from lr_plugin.app.suggest import suggest

__all__ = ["find", "main"]

_INTERRUPTED = 130  # what a shell expects of a command stopped by Ctrl-C
_REFUSED = 1


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
    if {"-h", "--help"} & set(arguments):
        return _help(arguments)
    _refusals.clear()
    code = _hydra(arguments)
    return max(code, _REFUSED) if _refusals else code


def _help(arguments: Sequence[str]) -> int:
    with redirect_stdout(io.StringIO()) as page:
        code = _hydra(arguments)
    # the app's groups are listed once by their own names and once as part of our search path
    lines = page.getvalue().splitlines(keepends=True)
    sys.stdout.writelines(line for line in lines if not line.startswith("lr_app"))
    return code


def _hydra(arguments: Sequence[str]) -> int:
    sys.argv = ["lr-plugin find", *arguments]
    try:
        find()
    except SystemExit as end:  # how Hydra reports an error, and --help
        line = suggest(end.__context__)
        sys.stderr.write(f"{line}\n" if line else "")
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was found, and nothing was changed\n")
        return _INTERRUPTED
    return 0
