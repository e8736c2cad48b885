"""Total: what a user says about the length of a run, and what its units are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from lr_plugin.schedule import Duration, ScheduleError
from lr_plugin.schedule.error import within

Written: TypeAlias = int | str | Sequence[int | str] | None


@final
@dataclass(frozen=True, slots=True)
class Total:
    """An explicit length, checked.

    Parameters
    ----------
    lengths : tuple of Duration
        One for all optimizers or one for each; empty if Lightning is to say it.
    samples_per_step, tokens_per_sample : int, optional
        What a step and a sample are worth.
    """

    lengths: tuple[Duration, ...] = ()
    samples_per_step: int | None = None
    tokens_per_sample: int | None = None


def read_total(
    written: object,
    samples_per_step: object = None,
    tokens_per_sample: object = None,
) -> Total:
    """Read an explicit length.

    Parameters
    ----------
    written : object
        A whole number of optimizer steps, a duration such as ``1e6 samples`` or ``10 min``, or a
        list with one per optimizer.
    samples_per_step, tokens_per_sample : object
        Whole numbers above 0, or None.

    Returns
    -------
    Total
        The same, checked.

    Raises
    ------
    ScheduleError
        If it is anything else.

    Examples
    --------
    >>> read_total("10 min").lengths
    (Duration(amount=Fraction(10, 1), unit='min'),)
    """
    several = isinstance(written, list | tuple)
    parts = list(written) if isinstance(written, list | tuple) else [written]
    lengths = () if written is None else tuple(_length(part) for part in parts)
    if several and not lengths:
        raise ScheduleError("[] is no length; write 1000 or '10 min'", "total")
    return Total(
        lengths,
        _whole(samples_per_step, "samples_per_step"),
        _whole(tokens_per_sample, "tokens_per_sample"),
    )


def _length(written: object) -> Duration:
    if isinstance(written, int) and not isinstance(written, bool) and written > 0:
        return Duration(Fraction(written), "steps")
    if not isinstance(written, str):
        raise ScheduleError(f"{written!r} is no length; write 1000 or '10 min'", "total")
    with within("total"):
        length = Duration.parse(written)
        if length.unit == "%" or length.amount <= 0:
            raise ScheduleError(f"{written!r} is no length of a run; write 1000 or '10 min'")
        return length


def _whole(written: object, name: str) -> int | None:
    if written is None:
        return None
    if isinstance(written, int) and not isinstance(written, bool) and written > 0:
        return written
    raise ScheduleError(f"{written!r} is not a whole number above 0; write for example 256", name)
