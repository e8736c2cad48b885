"""Advice as text: a line for the log, a page for those who look closer, plain values for files."""

from dataclasses import asdict
from math import isfinite, isnan, log
from typing import Any, Final

from lr_plugin.advisor.markdown import markdown
from lr_plugin.advisor.verdict import Advice
from lr_plugin.advisor.votes import Evidence

__all__ = ["finite", "line", "page", "plain"]

_ALL: Final = 0.999  # of a factor: the rest is rounding
_HEADER: Final = (
    *("statistic", "value", "decrease below", "increase above", "says", "what it means"),
)


def line(advice: Advice, rate: float | None = None, applied: float = 1.0) -> str:
    """Return the advice in one line.

    Parameters
    ----------
    advice : Advice
        The verdict.
    rate : float, optional
        The base learning rate, to say what it would become.
    applied : float, default 1.0
        What the rate was multiplied by because of the advice; nothing is said of 1.

    Returns
    -------
    str
        Verdict, factors, confidence and reasons.

    Examples
    --------
    >>> advice = Advice(
    ...     verdict="keep", factor=1.0, band=(1.0, 1.0), confidence="high", step=90,
    ...     fraction=0.1, evidence=(), supporting=(),
    ... )
    >>> line(advice)
    'learning rate after 10% (step 90): KEEP, confidence high.'
    """
    place = f"learning rate after {advice.fraction:.0%} (step {advice.step})"
    if advice.confidence == "none":
        return f"{place}: cannot tell. {_sentence(advice.caveats)}".rstrip()
    verdict = f"{place}: {advice.verdict.upper()}{_by(advice, rate)}"
    told = (
        f"{verdict}, confidence {advice.confidence}.",
        _reasons(advice),
        _done(advice, rate, applied),
    )
    return " ".join(filter(None, told))


def _reasons(advice: Advice) -> str:
    said = [each.sentence for each in advice.evidence if each.says == advice.verdict]
    others = [each for each in advice.evidence if each.says not in {advice.verdict, "silent"}]
    against = [f"{each.sentence}, which says {each.says}" for each in others]
    reasons = _sentence([*said, *advice.caveats])
    return f"{reasons} Other evidence: {'; '.join(against)}." if against else reasons


def _by(advice: Advice, rate: float | None) -> str:
    if advice.verdict == "keep":
        return ""
    low, high = advice.band
    to = "" if rate is None else f" to {rate * advice.factor:.2g}"
    return f" {advice.factor:.2g}x{to} (likely {low:g}x to {high:g}x)"


def _done(advice: Advice, rate: float | None, applied: float) -> str:
    if applied == 1:
        return ""
    to = "" if rate is None else f", to {rate * applied:.3g}"
    far = "" if abs(log(applied)) > _ALL * abs(log(advice.factor)) else ", as far as it may go"
    return f"Applied: {applied:.3g}x{to}{far}."


def _sentence(parts: list[str] | tuple[str, ...]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def page(advice: Advice, rate: float | None = None, applied: float = 1.0) -> str:
    """Return the advice as Markdown, with every statistic and where it begins to speak.

    Parameters
    ----------
    advice : Advice
        The verdict.
    rate : float, optional
        The base learning rate, to say what it would become.
    applied : float, default 1.0
        What the rate was multiplied by because of the advice.

    Returns
    -------
    str
        The line, a table and the caveats.

    Examples
    --------
    >>> advice = Advice(
    ...     verdict="keep", factor=1.0, band=(1.0, 1.0), confidence="high", step=90,
    ...     fraction=0.1, evidence=(), supporting=(),
    ... )
    >>> print(page(advice))
    learning rate after 10% (step 90): KEEP, confidence high.
    <BLANKLINE>
    | statistic | value | decrease below | increase above | says | what it means |
    |-----------|-------|----------------|----------------|------|---------------|
    """
    shown = [_row(each) for each in (*advice.evidence, *advice.supporting)]
    caveats = "\n".join(f"- {caveat}" for caveat in advice.caveats)
    parts = (line(advice, rate, applied), markdown(_HEADER, shown), caveats)
    return "\n\n".join(filter(None, parts))


def _row(evidence: Evidence) -> tuple[str, ...]:
    error = "" if isnan(evidence.error) else f" ± {evidence.error:.2g}"
    value = f"{_number(evidence.value)}{error}"
    low, high = _number(evidence.low), _number(evidence.high)
    says = "no vote" if isnan(evidence.high) else evidence.says
    return (evidence.name, value, low, high, says, evidence.sentence)


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.3g}"


def plain(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain values for JSON; what is not a finite number is None.

    Parameters
    ----------
    advice : Advice
        The verdict.

    Returns
    -------
    dict
        Field by field.

    Examples
    --------
    >>> advice = Advice(
    ...     verdict="keep", factor=1.0, band=(1.0, 1.0), confidence="high", step=90,
    ...     fraction=0.1, evidence=(), supporting=(),
    ... )
    >>> plain(advice)["verdict"]
    'keep'
    """
    found: dict[str, Any] = finite(asdict(advice))
    return found


def finite(value: Any) -> Any:  # noqa: ANN401 - any plain value
    """Return plain values with None for every number that is not finite.

    Parameters
    ----------
    value : any
        Numbers, text, and lists and mappings of them.

    Examples
    --------
    >>> finite({"value": float("nan"), "band": (0.03, 0.1)})
    {'value': None, 'band': [0.03, 0.1]}
    """
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
