"""A recorded event."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class Firing:
    """One recorded event: from this step on it has happened.

    Parameters
    ----------
    event : str
        Name of the event.
    step : int
        First step on which it acts.
    value : float
        What the trigger recorded; 1.0 unless it has something to say.
    latched : bool
        Whether it stays in force: a latched firing from before a nested span appears at that
        span's step 0, any other is not seen there.

    Examples
    --------
    >>> from lr_plugin.schedule import Firing
    >>> Firing("plateau", 120)
    Firing(event='plateau', step=120, value=1.0, latched=False)
    """

    event: str
    step: int
    value: float = 1.0
    latched: bool = False
