"""Pictures and pages of what `lr-plugin show` shows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lr_plugin.app.line import writing
from lr_plugin.app.member import Member
from lr_plugin.plot import Unit, page, panels
from lr_plugin.schedule import Curve
from lr_plugin.schedule.error import within

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save"]

_NO_DATE: Final[Mapping[str, dict[str, None]]] = {"png": {}, "svg": {"Date": None}}


def save(
    members: Mapping[str, Member],
    files: Mapping[str, Path | None],
    *,
    unit: Unit,
    log: bool,
) -> Iterator[str]:
    """Draw all members over each other, one panel for each hyperparameter.

    Parameters
    ----------
    members : mapping of str to Member
        By label.
    files : mapping of str to pathlib.Path or None
        Where to write a ``png``, an ``svg`` and an ``html``.
    unit : {'steps', 'epochs', '%'}
        Of the horizontal axis.
    log : bool
        Whether the vertical axes are logarithmic.

    Yields
    ------
    str
        What was written.

    Raises
    ------
    ScheduleError
        If a file cannot be written, or if plotly is missing.
    """
    groups = _groups(members)
    settings: dict[str, Any] = {"title": _title(members), "unit": unit, "log": log}
    for form, path in files.items():
        if path is not None:
            with within(f"--{form}"), writing(path):
                drawn = page(groups, **settings) if form == "html" else panels(groups, **settings)
                _write(drawn, path, form)
            yield f"written to {path}"


def _groups(members: Mapping[str, Member]) -> dict[str, dict[str, Curve]]:
    groups: dict[str, dict[str, Curve]] = {}
    for label, member in members.items():
        for rule, curve in member.curves().items():
            groups.setdefault(member.unit_of(rule), {})[label] = curve
    return groups


def _title(members: Mapping[str, Member]) -> str:
    lengths = {member.span.steps for member in members.values()}
    names = f"{len(members)} schedules" if len(members) > 1 else next(iter(members))
    return f"{names} over {lengths.pop()} steps" if len(lengths) == 1 else names


def _write(drawn: "Figure | str", path: Path, form: str) -> None:
    if isinstance(drawn, str):
        path.write_text(drawn, encoding="utf-8")
    else:
        drawn.savefig(path, format=form, dpi=150, metadata=_NO_DATE[form])
