"""What single parameter groups say: evidence beside the verdict, which is on all of them."""

from collections.abc import Mapping
from math import isnan
from typing import Final

from lr_plugin.advisor.markdown import markdown
from lr_plugin.advisor.signals import Statistics
from lr_plugin.advisor.votes import THRESHOLDS, Evidence, votes

__all__ = ["evidence_of", "table"]

_COHERENCE: Final = "coherence"
_ABOUT: Final = """\
What each group says is evidence, not a verdict: thresholds were measured for all parameters
together, not for single groups."""


def evidence_of(found: Statistics) -> tuple[Evidence, ...]:
    """Return what a group says, and how much of its gradients is noise.

    Parameters
    ----------
    found : Statistics
        Of the group.
    """
    coherence = Evidence(
        name=_COHERENCE,
        value=found.coherence.value,
        error=found.coherence.error,
        says="silent",
        sentence=f"successive gradients have a cosine of {found.coherence.value:.2f}",
    )
    return (*votes(found), coherence)


def table(groups: Mapping[str, Statistics]) -> str:
    """Return a row for each group as Markdown, and how far it can be trusted.

    Parameters
    ----------
    groups : mapping of str to Statistics
        By name, at least one.
    """
    evidence = {name: evidence_of(found) for name, found in groups.items()}
    names = list(dict.fromkeys(each.name for found in evidence.values() for each in found))
    rows = []
    for group, found in evidence.items():
        cells = {each.name: _cell(each) for each in found}
        rows.append([group, *(cells.get(name, "-") for name in names)])
    return f"{markdown(['group', *names], rows)}\n\n{_ABOUT}"


def _cell(evidence: Evidence) -> str:
    if isnan(evidence.value):
        return "-"
    is_noise = evidence.name == _COHERENCE and abs(evidence.value) < THRESHOLDS.coherence
    says = "mostly noise" if is_noise else evidence.says
    return f"{evidence.value:.3g}" + ("" if says == "silent" else f" ({says})")
