"""`lr-plugin lint`: what is legal in a schedule but probably not meant."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from lr_plugin.app.line import Parser, answered, split_line
from lr_plugin.lint import NAMES, lint_rules, read_silence
from lr_plugin.rule import Rule

__all__ = ["main"]

_ABOUT: Final = """\
Look for what is legal in a schedule but probably not meant, before any training. Each
finding has its key, its numbers and an override that mends it. The exit code is 1 if
there is any. The same findings are warnings when training starts.

  lr-plugin lint schedule=wsd steps=1000
  lr-plugin lint schedule=wsd steps=30 schedule.phases.decay.duration=5%
  lr-plugin lint schedule=wsd,sgdr --silence first_step_zero
"""
_FINDINGS: Final = """\
findings, by the name that silences them (here with --silence; for good with `silence:`
of the callback):
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 1 if there are findings, or a mistake.

    Parameters
    ----------
    arguments : sequence of str
        What follows `lr-plugin lint`.
    """
    return answered("lint", _answer, arguments)


def _answer(arguments: Sequence[str]) -> tuple[int, str]:
    parser = _parser()
    options, overrides = split_line(parser, arguments)
    if options.help:
        return 0, parser.format_help()
    silence = read_silence(
        [name for each in options.silence for name in each.split(",")], "--silence"
    )
    from lr_plugin.app.curves import compose_members

    lines: list[str] = []
    members = compose_members(overrides, options.config_dir)
    for label, member in members.items():
        member.curves()
        spans = {rule.name: member.span for rule in member.rules}
        meant = read_silence(member.silence, "callbacks.lr_scheduler.silence")
        findings = lint_rules(
            [_placed(rule) for rule in member.rules], spans, silence={*silence, *meant}
        )
        before = f"{label}: " if len(members) > 1 else ""
        lines += [f"{before}{finding}" for finding in findings]
    return int(bool(lines)), "\n".join(lines) or f"nothing found in {', '.join(members)}"


def _placed(rule: Rule) -> Rule:
    """Give a rule with the key that it has on the line."""
    is_inside = rule.place.startswith("rules.")
    return replace(rule, place=f"callbacks.lr_scheduler.{rule.place}") if is_inside else rule


def _parser() -> Parser:
    width = max(map(len, NAMES))
    names = "".join(f"  {name:<{width}}  {meaning}\n" for name, meaning in NAMES.items())
    parser = Parser("lr-plugin lint [KEY=VALUE ...] [OPTION ...]", _ABOUT, _FINDINGS + names)
    add = parser.add_argument
    add("--silence", metavar="NAME", action="append", default=[], help="a finding that is meant")
    add("--config-dir", metavar="DIR", type=Path, help="take DIR/schedule/*.yaml as recipes too")
    add("-m", "--multirun", action="store_true", help="allowed, as in a line for train")
    return parser
