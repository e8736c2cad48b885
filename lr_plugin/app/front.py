"""What stands in front of a Hydra app of ours: words in any order, and mistakes in a sentence."""

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

import hydra
from hydra import compose, initialize_config_module
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from lr_plugin.app.line import no_option
from lr_plugin.app.ranks import is_first
from lr_plugin.app.suggest import suggest
from lr_plugin.yaml_error import not_yaml

__all__ = ["INTERRUPTED", "OPTIONS", "command"]

INTERRUPTED: Final = 130
"""What a shell expects of a command that Ctrl-C has stopped."""

_WRONG: Final = 1
_RAISE: Final = "HYDRA_FULL_ERROR"  # without it Hydra prints what went wrong, and a traceback
_ELSEWHERE: Final = (
    "write elsewhere with hydra.run.dir=..., in a sweep with hydra.sweep.dir=..., or make room "
    "there"
)
_WITH_VALUE: Final = (  # options of Hydra's after which a word of their own follows
    *("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn"),
    *("--package", "-p", "--cfg", "-c", "--experimental-rerun"),
)
_MAY_BE_LAST: Final = ("--info", "-i")  # a word may follow, which an override is not
OPTIONS: Final = (
    *(*_WITH_VALUE, *_MAY_BE_LAST, "--help", "-h", "--hydra-help", "--version", "--resolve"),
    *("--run", "-r", "--multirun", "-m", "--shell-completion", "-sc"),
)
"""All options of Hydra's."""


def command(
    name: str,
    app: Callable[[], object],
    arguments: Sequence[str],
    interrupted: str = "what follows is what was done so far",
) -> int:
    """Run a Hydra app of ours and return the exit code.

    Parameters
    ----------
    name : str
        Of the command, and of its config.
    app : callable
        What `hydra.main` has made.
    arguments : sequence of str
        Hydra's overrides and options.
    interrupted : str
        What is said after Ctrl-C.
    """
    options, overrides = _split(arguments)
    for word, following in pairwise([*arguments, ""]):
        if word in options and not _is_known(word):
            answer = f"lr-plugin {name}: {no_option(word, following, OPTIONS)}"
            return _say(answer, None if "did you mean" in answer else _where(name, word))
    sys.argv = [f"lr-plugin {name}", *options, *overrides]
    shows = _page if {"-h", "--help"} & {*options} else _ran
    try:
        return shows(name, app)
    except KeyboardInterrupt:
        _say(f"interrupted: {interrupted}" if is_first() else None)
        return INTERRUPTED


def _split(arguments: Iterable[str]) -> tuple[list[str], list[str]]:
    # argparse wants all overrides together, people write options anywhere
    words = iter(arguments)
    options: list[str] = []
    overrides: list[str] = []
    for word in words:
        if word.startswith("-") and word not in _MAY_BE_LAST:
            options += [word, *islice(words, int(word in _WITH_VALUE))]
        else:
            overrides.append(word)
    return options, overrides


def _is_known(word: str) -> bool:
    """Say whether Hydra reads it: an option, the beginning of one, or what belongs to one."""
    name = word.partition("=")[0]
    begins = name.startswith("--") and any(option.startswith(name) for option in OPTIONS)
    return begins or name in OPTIONS or not word.startswith("-")


def _where(name: str, word: str) -> str | None:
    """Say which key is meant, where there is none of that name at the top."""
    key = word.lstrip("-").partition("=")[0]
    try:
        with initialize_config_module("lr_plugin.conf.lr_app", version_base="1.3"):
            compose(name, [f"{key}=0"])
    except Exception as error:  # noqa: BLE001 - it is only asked what would be right
        return suggest(error)
    return None


def _page(name: str, app: Callable[[], object]) -> int:
    with redirect_stdout(io.StringIO()) as page:
        code = _ran(name, app)
    # the app's groups are listed once by their own names and once as part of our search path
    lines = page.getvalue().splitlines(keepends=True)
    sys.stdout.writelines(line for line in lines if not line.startswith("lr_app"))
    return code


def _ran(name: str, app: Callable[[], object]) -> int:
    wants_all = os.environ.get(_RAISE) == "1"
    try:
        with _raising():
            app()
    except SystemExit as end:  # after --help, say
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:
        if wants_all:
            raise
        unread = not_yaml(error)
        return _say(f"lr-plugin {name}: {unread}" if unread else _told(error), suggest(error))
    return 0


@contextmanager
def _raising() -> Iterator[None]:
    before = os.environ.get(_RAISE)
    os.environ[_RAISE] = "1"
    try:
        yield
    finally:
        del os.environ[_RAISE]
        if before is not None:
            os.environ[_RAISE] = before


def _told(error: Exception) -> str:
    """Say what went wrong: as Hydra does if the line is wrong, else in full."""
    if isinstance(error, OSError) and error.filename and not isinstance(error, HydraException):
        return f"{error.strerror}: {str(error.filename)!r}; {_ELSEWHERE}"
    if not isinstance(error, HydraException | OmegaConfBaseException) and not _is_hydras(error):
        return "".join(traceback.format_exception(error)).rstrip()
    cause = error.__cause__
    more = [str(cause)] if isinstance(cause, OmegaConfBaseException) else []
    return "\n".join([str(error), *more])


def _is_hydras(error: Exception) -> bool:
    """Whether Hydra has raised it itself; some of what is wrong with a line is a ValueError."""
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return isinstance(error, ValueError) and Path(last).is_relative_to(Path(hydra.__file__).parent)


def _say(*lines: str | None) -> int:
    sys.stderr.writelines(f"{line}\n" for line in lines if line)
    return _WRONG
