"""When two runs have the same schedule: a hash of what it is, not of what it evaluates to."""

import hashlib
import json
from itertools import islice

from lr_plugin.schedule.base import Curve
from lr_plugin.schedule.data import dump

SCHEMA = 1
_HASHED_SEGMENTS = 1000


def identity(curve: Curve) -> str:
    """Hash of what a curve is: its canonical mapping and its resolved boundaries.

    Evaluated values are left out, because their last bits differ between processors.

    Parameters
    ----------
    curve : Curve
        A schedule over its span.

    Returns
    -------
    str
        64 hexadecimal digits (SHA-256).

    Examples
    --------
    >>> from lr_plugin.schedule import Cosine, Span, identity
    >>> identity(Cosine().over(Span(100)))[:8] == identity(Cosine().over(Span(101)))[:8]
    False
    """
    boundaries = [[s.name, s.start, s.stop] for s in islice(curve.segments(), _HASHED_SEGMENTS)]
    content = {
        "schema": SCHEMA,
        "schedule": json.loads(json.dumps(dump(curve.schedule)), parse_float=_whole),
        "steps": curve.span.steps,
        "boundaries": boundaries,
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _whole(written: str) -> int | float:
    """Read 1.0 as 1: schedules that are equal have one hash."""
    value = float(written)
    return int(value) if value.is_integer() else value
