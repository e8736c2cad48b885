"""What only shows where a schedule meets parameter groups."""

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

from lr_plugin.lint.finding import Finding
from lr_plugin.lint.linter import lint
from lr_plugin.lint.numbers import shown
from lr_plugin.lint.parts import parts
from lr_plugin.rule import Rule
from lr_plugin.schedule import Affine, Span

__all__ = ["lint_rules"]


def lint_rules(
    rules: Sequence[Rule],
    spans: Mapping[str, Span],
    configured: Mapping[str, Mapping[int, float]] | None = None,
    silence: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Find what is legal in the rules of a run but probably not meant.

    Parameters
    ----------
    rules : sequence of Rule
        All rules. One that follows another adds nothing of its own.
    spans : mapping of str to Span
        What each of them runs over, by its name.
    configured : mapping of str to mapping of int to float, optional
        Configured values by rule and parameter group.
    silence : collection of str
        Names of findings that are meant.

    Returns
    -------
    tuple of Finding
        Those of each schedule, and floors above the configured value of a group.

    Raises
    ------
    ScheduleError
        If a schedule cannot run over its span.

    Examples
    --------
    >>> from lr_plugin.schedule import Constant, Linear, Phase, Sequence
    >>> short = Sequence(phases={"main": Phase(schedule=Linear(), duration="50%")})
    >>> for each in lint_rules([Rule(name="lr", schedule=short)], {"lr": Span(100)}):
    ...     print(each)
    schedule: is over after 50 steps of 100 and holds 0 for the other 50; to mend it, write
    '~schedule.phases.main.duration' [ends_early]
    """
    found: list[Finding] = []
    for rule in rules:
        if rule.name in spans:
            span = spans[rule.name]
            found += _of_its_own(rule, rules, span, silence)
            found += _above_a_group(rule, span, (configured or {}).get(rule.name, {}))
    return tuple(each for each in found if each.name not in silence)


def _of_its_own(
    rule: Rule, rules: Sequence[Rule], span: Span, silence: Collection[str]
) -> tuple[Finding, ...]:
    if _follows(rule, rules):
        return ()
    use = {"key": rule.place, "drives": rule.key}
    return lint(rule.schedule, span, **use, stop=rule.stop, silence=silence)


def _follows(rule: Rule, rules: Sequence[Rule]) -> bool:
    """Say whether a rule has the schedule of another one, moved or not."""
    schedule = rule.schedule
    before = rules[: [each.name for each in rules].index(rule.name)]
    if isinstance(schedule, Affine):
        return any(schedule.schedule is each.schedule for each in rules)
    return any(schedule is each.schedule for each in before)


def _above_a_group(rule: Rule, span: Span, configured: Mapping[int, float]) -> Iterator[Finding]:
    if rule.key != "lr" or rule.mode != "set" or len(set(configured.values())) < 2:  # noqa: PLR2004 - groups that differ
        return
    floor = float(parts(rule.schedule, span)[0].sampled().min())
    low = {group: value for group, value in configured.items() if value < floor}
    others = [str(group) for group in configured if group not in low]
    mended = f"groups=[{','.join(others)}]" if others else "mode=scale"
    for group, value in low.items():
        yield Finding(
            name="floor_above_peak",
            key=f"rules.{rule.name}",
            message=(
                f"mode 'set' gives group {group} at least {shown(floor)}, and it is configured at "
                f"{shown(value)}"
            ),
            fix=shlex.quote(f"++rules.{rule.name}.{mended}"),
        )
