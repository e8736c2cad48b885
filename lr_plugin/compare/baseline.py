"""The schedule that the others are compared to: it has to be named before the results are seen."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from lr_plugin.compare.family import families, questions
from lr_plugin.compare.naming import is_named
from lr_plugin.compare.record import RunRecord
from lr_plugin.compare.sweep import read_sweep

__all__ = ["UnknownBaselineError", "declared_baseline", "refuse_unknown"]


class UnknownBaselineError(ValueError):
    """No schedule in the runs has the name of the baseline."""


def declared_baseline(records: Iterable[RunRecord]) -> str | None:
    """Return the baseline that a study wrote down before its runs; None if there is no single one.

    Parameters
    ----------
    records : iterable of RunRecord
        If they are of several sweeps, all must have named the same.
    """
    named = {_declared(folder) for folder in {record.folder.parent for record in records}}
    return named.pop() if len(named) == 1 else None


def _declared(folder: Path) -> str | None:
    name = read_sweep(folder).get("baseline")
    return name if isinstance(name, str) else None


def refuse_unknown(records: Iterable[RunRecord], baseline: str) -> None:
    """Check that some result is of the baseline.

    Parameters
    ----------
    records : iterable of RunRecord
        Of any tasks and metrics.
    baseline : str
        A name, as it is shown or with its keys in full.

    Raises
    ------
    UnknownBaselineError
        If no result is of a schedule with that name.
    """
    found = [family for question in questions(records) for family in families(question)]
    names = list(dict.fromkeys(family.name for family in found if family.cells))
    if any(is_named(baseline, name) for name in names):
        return
    near = get_close_matches(baseline, names, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    raise UnknownBaselineError(
        f"no result is of a schedule {baseline!r}, there are {', '.join(names) or 'none'}{guess}"
    )
