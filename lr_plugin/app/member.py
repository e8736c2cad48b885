"""One member of a sweep as far as it can be shown: its rules, bound to the length of its run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, final

from lr_plugin.callback.arguments import read_arguments
from lr_plugin.rule import Rule
from lr_plugin.schedule import Constant, Curve, Product, Schedule, ScheduleError, Span
from lr_plugin.schedule.error import did_you_mean, within

__all__ = ["Member", "read_member"]

_KEYS: Final = ("schedule", "steps", "steps_per_epoch", "samples_per_step", "lr", "allow")
_INF: Final = float("inf")
# What the algebra says of a unit, and how a line tells what it is worth.
_WORTH: Final = {
    "needs an epoch of known": "say steps_per_epoch=100",
    "number of samples per step": "say samples_per_step=128",
}
_OF_THE_CALLBACK: Final = ("schedule", "rules", "triggers")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """What a run will do to its hyperparameters.

    Parameters
    ----------
    rules : tuple of Rule
        What is scheduled.
    span : Span
        The length of the run.
    rate : float
        The configured learning rate.
    silence : str or list of str or None
        Findings of the linter that are meant, as written.
    """

    rules: tuple[Rule, ...]
    span: Span
    rate: float
    silence: str | list[str] | None

    def curves(self) -> dict[str, Curve]:
        """Give the curve of every rule by its name, learning rates in their own unit.

        Raises
        ------
        ScheduleError
            If a schedule cannot run over this length.
        """
        found: dict[str, Curve] = {}
        for rule in self.rules:
            with within(rule.place), _worth():
                curve = rule.schedule.over(self.span)
            found[rule.name] = self._scaled(rule.schedule) if self._is_rate(rule) else curve
        return found

    def unit_of(self, name: str) -> str:
        """Say what the values of a rule are.

        Parameters
        ----------
        name : str
            Of the rule.
        """
        rule = next(rule for rule in self.rules if rule.name == name)
        if rule.mode == "set":
            return rule.key
        if rule.key == "lr":
            value = "learning rate" if self.rate != 1 else "factor of the configured value"
            return value if rule.name == "lr" else f"{value} ({rule.name})"
        return f"factor of the configured {rule.key}"

    def _is_rate(self, rule: Rule) -> bool:
        return self.rate != 1 and rule.key == "lr" and rule.mode == "scale"

    def _scaled(self, schedule: Schedule) -> Curve:
        rate = Constant(value=self.rate)
        return Product(factors={"schedule": schedule, "lr": rate}).over(self.span)


@contextmanager
def _worth() -> Iterator[None]:
    try:
        yield
    except ScheduleError as error:
        told = [f", or {word}" for needed, word in _WORTH.items() if needed in error.problem]
        raise ScheduleError("".join([error.problem, *told]), error.key) from None


def read_member(config: Mapping[str, Any]) -> Member:
    """Read what was composed from `show.yaml`.

    Parameters
    ----------
    config : mapping
        In plain containers.

    Returns
    -------
    Member
        Its schedules are built, and not bound yet.

    Raises
    ------
    ScheduleError
        With the full key of what cannot be read.
    """
    _check_keys(config)
    span = Span(_steps(config["steps"]), config["steps_per_epoch"], config["samples_per_step"])
    callback = (config.get("callbacks") or {}).get("lr_scheduler")
    given = {"schedule": config["schedule"]} if callback is None else callback
    written = {key: given[key] for key in _OF_THE_CALLBACK if key in given}
    allow = (*config["allow"], *(given.get("allow") or ()))
    rules, _ = read_arguments(**{"schedule": None, "rules": None, **written}, allow=allow)
    rate, silence = _rate(config["lr"]), given.get("silence")
    return Member(rules=rules, span=span, rate=rate, silence=silence)


def _check_keys(config: Mapping[str, Any]) -> None:
    for key in config:
        if key not in (*_KEYS, "callbacks"):
            raise ScheduleError(f"show has no {key!r}{did_you_mean(key, _KEYS)}", key)
    for key in _KEYS:
        if key not in config:
            raise ScheduleError(f"show needs it; remove '~{key}'", key)
    if not isinstance(config["allow"], list):
        raise ScheduleError(f"{config['allow']!r} is not a list; write allow=[my_pkg]", "allow")


def _steps(written: object) -> int:
    if isinstance(written, float) and written.is_integer():
        raise ScheduleError(f"{written!r} is not a whole number; write {written:.0f}", "steps")
    if not isinstance(written, int) or isinstance(written, bool) or written < 1:
        raise ScheduleError(f"{written!r} is no length; write a whole number above 0", "steps")
    return written


def _rate(written: object) -> float:
    if not isinstance(written, int | float) or isinstance(written, bool) or not 0 < written < _INF:
        raise ScheduleError(f"{written!r} is no learning rate; write a number above 0", "lr")
    return float(written)
