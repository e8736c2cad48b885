"""The breaks: read from their table, checked against the code, made in a copy of it."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TABLE = Path(__file__).with_name("mutate_breaks.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One way to break one rule.

    Parameters
    ----------
    rule
        What the callback promises, in words.
    name
        What the break does, in words.
    file
        Where, below the root of the checkout.
    search
        Text that occurs there exactly once.
    replace
        What to write instead.
    tests
        Tests that are likely to notice: arguments for pytest.
    """

    rule: str
    name: str
    file: str
    search: str
    replace: str
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """Return the source with the break in it."""
        return source.replace(self.search, self.replace)


def read(table: Path = TABLE) -> list[Break]:
    """Read all breaks; those of one rule stand below its name."""
    rules = tomllib.loads(table.read_text("utf-8"))
    return [
        Break(rule=rule, name=name, **{**fields, "tests": tuple(fields["tests"])})
        for rule, breaks in rules.items()
        for name, fields in breaks.items()
    ]


def faults(breaks: Sequence[Break], root: Path) -> list[str]:
    """Say what is wrong with the breaks themselves, as the code is now."""
    found = [f"{each.name}: {fault}" for each in breaks for fault in _faults(each, root)]
    names = [each.name for each in breaks]
    return found + [f"{name}: several have this name" for name in names if names.count(name) > 1]


def _faults(each: Break, root: Path) -> Iterator[str]:
    source = (root / each.file).read_text("utf-8")
    count = source.count(each.search)
    if count != 1:
        yield f"{each.file} has its search text {count} times"
    elif not _is_another_program(source, each.applied(source)):
        yield "changes nothing, or leaves no Python behind"
    yield from (f"there is no test {test}" for test in each.tests if not _is_there(test, root))


def _is_another_program(before: str, after: str) -> bool:
    try:
        return _program(after) != _program(before)
    except SyntaxError:
        return False


@cache
def _program(source: str) -> str:
    return ast.dump(ast.parse(source))


def _is_there(test: str, root: Path) -> bool:
    path, _, name = test.partition("::")
    file = root / path
    if not file.is_file():
        return False
    return not name or f"\ndef {name.partition('[')[0]}(" in file.read_text("utf-8")
