"""Arguments: from what a user may write to rules and triggers."""

import pickle
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, TypeAlias, get_args

from lr_plugin.callback.triggers import Triggers, check_read, merge
from lr_plugin.recipe import CALLBACK_KEYS, read_recipe
from lr_plugin.rule import Rule, Selector
from lr_plugin.schedule import Affine, Schedule, ScheduleError, load
from lr_plugin.schedule.error import did_you_mean, within

Written: TypeAlias = Schedule | Mapping[str, Any] | str | Path
Fields: TypeAlias = dict[str, Any]

_OF_A_RULE = ("schedule", "follow", "map", "key", "mode", "optimizer", "groups", "layer_decay")


def read_arguments(
    schedule: Written | None,
    rules: Mapping[str, Mapping[str, Any]] | None,
    triggers: Mapping[str, Any] | None = None,
    allow: Sequence[str] = (),
) -> tuple[tuple[Rule, ...], Triggers]:
    """Read what a callback applies, and what it watches.

    Parameters
    ----------
    schedule : Schedule, mapping, str or Path, optional
        Short for a rule ``lr`` with this schedule: an object, its data, a recipe or a YAML file.
    rules : mapping, optional
        Rules by name, see `LearningRateScheduler`.
    triggers : mapping, optional
        Triggers by event, beside those at the roots of recipes.
    allow : sequence of str
        Prefixes of dotted kinds that may be imported.

    Returns
    -------
    rules : tuple of Rule
        In the order in which they were written, ``schedule`` first.
    triggers : dict of str to trigger
        By event.

    Raises
    ------
    ScheduleError
        With the full key of what cannot be read.
    """
    written = _written(schedule, rules)
    read: dict[str, Rule] = {}
    for name in _in_order(written):
        read[name] = _rule(name, written[name], read, allow)
    found = tuple(read[name] for name in written)
    merged = merge({**_lifted(written), "triggers": plain(triggers) or {}})
    check_read(found, merged)
    return found, merged


def _written(
    schedule: Written | None, rules: Mapping[str, Mapping[str, Any]] | None
) -> dict[str, Fields]:
    """Give the fields of every rule by its name, recipes read from their files."""
    written: dict[str, Fields] = (
        {}
        if schedule is None
        else {"lr": {"name": "lr", "schedule": schedule, "place": "schedule"}}
    )
    for name, rule in (plain(rules) or {}).items():
        if name in written:
            raise ScheduleError(
                "'schedule' already is rule 'lr'; write one of them", f"rules.{name}"
            )
        written[name] = _known(name, rule)
    if not written:
        raise ScheduleError("there is nothing to schedule; write for example 'schedule: cosine'")
    for rule in written.values():
        if "schedule" in rule:
            rule["schedule"] = _data(rule["schedule"], rule["place"])
    return written


def _lifted(written: Mapping[str, Fields]) -> dict[str, Any]:
    """Give what the roots of the schedules say about triggers, by its key."""
    roots = {rule["place"]: rule.get("schedule") for rule in written.values()}
    return {
        f"{place}.triggers": root["triggers"] or {}
        for place, root in roots.items()
        if isinstance(root, dict) and "triggers" in root
    }


def plain(written: Any) -> Any:  # noqa: ANN401 - any container, of Hydra's or of Python
    """Turn Hydra's containers into dictionaries and lists, and leave everything else alone."""
    if isinstance(written, Mapping):
        return {name: plain(value) for name, value in written.items()}
    if isinstance(written, Sequence) and not isinstance(written, str):
        return [plain(value) for value in written]
    return written


def selector(written: object, key: str) -> Selector:
    """Read a selector of parameter groups: an index, a name, a pattern, or a list of them."""
    wanted = plain(written)
    items = wanted if isinstance(wanted, list) else [] if wanted is None else [wanted]
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | str):
            raise ScheduleError(f"{item!r} is no index, name or pattern; write 0 or 'head*'", key)
    return tuple(items)


def choice(written: str, key: str, among: object) -> Any:  # noqa: ANN401 - a Literal of the caller's
    """Give what was written, if it is one of the words of a ``Literal``."""
    known = get_args(among)
    if written not in known:
        raise ScheduleError(f"{written!r} is no choice{did_you_mean(str(written), known)}", key)
    return written


def flag(written: object, key: str) -> bool:
    """Give what was written, if it is true or false."""
    if not isinstance(written, bool):
        raise ScheduleError(f"{written!r} is neither true nor false; write one of them", key)
    return written


def _known(name: str, rule: object) -> Fields:
    if not isinstance(rule, dict):
        raise ScheduleError(f"{rule!r} is no rule; write 'schedule: ...'", f"rules.{name}")
    for key in rule:
        if key not in _OF_A_RULE:
            words = did_you_mean(str(key), _OF_A_RULE)
            raise ScheduleError(f"a rule has no {key!r}{words}", f"rules.{name}.{key}")
    return {"name": name, "key": name, "place": f"rules.{name}.schedule", **rule}


def _in_order(rules: Mapping[str, Fields]) -> list[str]:
    """Names of the rules, each after the one that it follows."""
    for name, rule in rules.items():
        with within(f"rules.{name}"):
            _check_follow(rule, rules)
    follows = {name: [rule["follow"]] if "follow" in rule else [] for name, rule in rules.items()}
    try:
        return list(TopologicalSorter(follows).static_order())
    except CycleError as error:
        circle = " follows ".join(reversed(error.args[1]))
        raise ScheduleError(f"{circle}; give one of them a schedule", "rules") from None


def _check_follow(rule: Fields, rules: Mapping[str, Fields]) -> None:
    if ("follow" in rule) == ("schedule" in rule):
        raise ScheduleError("a rule has either 'schedule:' or 'follow:'; write exactly one of them")
    if "map" in rule and "follow" not in rule:
        raise ScheduleError("a map needs a rule to follow; write 'follow: lr'", "map")
    if rule.get("follow", "") not in {"", *rules}:
        words = did_you_mean(str(rule["follow"]), rules)
        raise ScheduleError(f"there is no rule {rule['follow']!r}{words}", "follow")


def _rule(name: str, rule: Fields, read: Mapping[str, Rule], allow: Sequence[str]) -> Rule:
    rest = {k: v for k, v in rule.items() if k not in ("schedule", "follow", "map")}
    rest["groups"] = selector(rule.get("groups"), f"rules.{name}.groups")
    if "follow" in rule:
        schedule = _following(name, rule, read[rule["follow"]].schedule)
    else:
        schedule, rest["stop"] = _schedule(rule["schedule"], rule["place"], allow)
    with within(f"rules.{name}"):
        return Rule(schedule=schedule, **rest)


def _following(name: str, rule: Fields, schedule: Schedule) -> Schedule:
    match rule.get("map"):
        case None:
            return schedule
        case [
            [int() | float() as low, int() | float() as high],
            [int() | float() as to_low, int() | float() as to_high],
        ] if low != high:
            scale = (to_high - to_low) / (high - low)
            return Affine(schedule=schedule, scale=scale, offset=to_low - scale * low)
        case written:
            raise ScheduleError(
                f"{written!r} is no map; write [[0, 1], [0.95, 0.85]] to move the range 0 to 1 "
                "onto 0.95 to 0.85",
                f"rules.{name}.map",
            )


def _data(written: Written, place: str) -> Schedule | Fields:
    if isinstance(written, Schedule):
        return written
    data = plain(written)
    if isinstance(written, str | Path):
        try:
            data = read_recipe(written)
        except ScheduleError as error:
            raise ScheduleError(error.problem, place) from None
    if not isinstance(data, dict):
        raise ScheduleError(f"{data!r} is no schedule; write for example 'kind: cosine'", place)
    return data


def _schedule(data: Schedule | Fields, place: str, allow: Sequence[str]) -> tuple[Schedule, bool]:
    if isinstance(data, Schedule):
        _check_portable(data, place)
        return data, False
    node = {key: value for key, value in data.items() if key not in CALLBACK_KEYS}
    return load(node, key=place, allow=tuple(allow)), flag(data.get("stop", False), f"{place}.stop")


def _check_portable(schedule: Schedule, place: str) -> None:
    # a checkpoint names its class, and the processes of ddp_spawn receive a pickle of it
    try:
        pickle.dumps(schedule)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ScheduleError(
            f"no checkpoint and no other process can be given {schedule!r} ({error}); define its "
            "class at the top of a module, and let its fields be plain values",
            place,
        ) from error
