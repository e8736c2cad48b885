"""Look whether known defects of other packages are still there, and with which numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = 6


@dataclass(frozen=True)
class Finding:
    """What was seen when a defect was looked for.

    Parameters
    ----------
    number
        Which defect, by the number it has in the project's research.
    distribution
        The package it is in.
    title
        What goes wrong.
    setting
        How to see it.
    expected
        What a correct schedule would give.
    observed
        What the package gives.
    confirmed
        Whether the defect is there.
    """

    number: str
    distribution: str
    title: str
    setting: str
    expected: Any
    observed: Any
    confirmed: bool


def defects_text() -> str:
    """Return the text of the file of defects, after looking for each."""
    found_in = ("torch", "torch_arguments", "optimizers", "functions")
    modules = [import_module(f"parity_defects_{name}") for name in found_in]
    findings = [check() for module in modules for check in module.CHECKS]
    confirmed = sum(finding.confirmed for finding in findings)
    print(f"defects: {confirmed} of {len(findings)} confirmed", flush=True)
    return json.dumps([entry(finding) for finding in findings], indent=1) + "\n"


def entry(finding: Finding) -> dict[str, Any]:
    """Return a finding with the version it was seen in and numbers of a readable length."""
    released = version(finding.distribution).partition("+")[0]
    return {key: rounded(value) for key, value in asdict(finding).items()} | {"version": released}


def rounded(value: Any) -> Any:  # noqa: ANN401 - an observation can be of any kind
    """Round every number inside `value`."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def close(one: list[float], other: list[float]) -> bool:
    """Whether two traces agree to the digits that are written."""
    return bool(rounded(one) == rounded(other))


def error_of(action: Callable[[], Any]) -> str:
    """Return the error that `action` ends with, or an empty text."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - any error is the observation
        return f"{type(error).__name__}: {error}"
    return ""
