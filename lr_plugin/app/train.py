"""`lr-plugin train`: one run, or a sweep with a table at its end."""

import io
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout, suppress
from importlib import import_module
from itertools import islice
from typing import Final

import hydra
from omegaconf import DictConfig

import lr_plugin.app.run_name
import lr_plugin.app.study_sweeper
import lr_plugin.searchpath  # noqa: F401 - importing these is what makes them known to Hydra
from lr_plugin.app.finish import finish
from lr_plugin.app.job import run
from lr_plugin.app.place import Place, forget_place, last_place
from lr_plugin.app.suggest import suggest
from lr_plugin.app.sweep_file import not_ended

__all__ = ["command", "main", "train"]

_INTERRUPTED: Final = 130  # what a shell expects of a command stopped by Ctrl-C
_WITH_VALUE: Final = (  # options of Hydra's after which a word of their own follows
    *("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn"),
    *("--package", "-p", "--cfg", "-c", "--experimental-rerun"),
)
_MAY_BE_LAST: Final = ("--info", "-i")  # a word may follow, which an override is not

with suppress(ModuleNotFoundError):  # it comes with the extra `optuna`
    import_module("hydra_plugins.hydra_optuna_sweeper")
    import_module("lr_plugin.app.optuna_sweeper")


@hydra.main(version_base="1.3", config_path="pkg://lr_plugin.conf.lr_app", config_name="train")
def train(cfg: DictConfig) -> float | None:
    """Run one job; a launcher may call it in another process."""
    return run(cfg)


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: not zero if a job failed.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin train`: Hydra's overrides and options.
    """
    return command("train", train, arguments)


def command(name: str, app: Callable[[], object], arguments: Sequence[str]) -> int:
    """Run a Hydra app of ours, sum up what its jobs came to, and return the exit code.

    Parameters
    ----------
    name : str
        Of the command.
    app : callable
        What `hydra.main` has made.
    arguments : sequence of str
        Hydra's overrides and options.
    """
    sys.argv = [f"lr-plugin {name}", *_options_first(arguments)]
    if {"-h", "--help"} & set(arguments):
        return _help(app)
    forget_place()
    code = _hydra(app)
    place = last_place()
    return code if place is None else _summed_up(place, code)


def _summed_up(place: Place, code: int) -> int:
    code = max(code, finish(place))
    left = not_ended(place.folder) if place.sweep else []
    sys.stdout.writelines(f"{line}\n" for line in left)
    return max(code, int(bool(left)))


def _options_first(arguments: Iterable[str]) -> list[str]:
    # argparse wants all overrides together, people write options anywhere
    words = iter(arguments)
    options: list[str] = []
    overrides: list[str] = []
    for word in words:
        if word.startswith("-") and word not in _MAY_BE_LAST:
            options += [word, *islice(words, int(word in _WITH_VALUE))]
        else:
            overrides.append(word)
    return options + overrides


def _help(app: Callable[[], object]) -> int:
    with redirect_stdout(io.StringIO()) as page:
        code = _hydra(app)
    # the app's groups are listed once by their own names and once as part of our search path
    lines = page.getvalue().splitlines(keepends=True)
    sys.stdout.writelines(line for line in lines if not line.startswith("lr_app"))
    return code


def _hydra(app: Callable[[], object]) -> int:
    try:
        app()
    except SystemExit as end:  # how Hydra reports an error, and --help
        _say(suggest(end.__context__))
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        _say("interrupted: what follows is what was done so far")
        return _INTERRUPTED
    return 0


def _say(line: str | None) -> None:
    if line:
        sys.stderr.write(f"{line}\n")
