"""What training leaves behind for the advisor: a few numbers at each sampled step of a window."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pair", "Probe", "Window", "pack", "unpack"]

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    r"""An update, and the first gradient after it.

    With parameters :math:`p_t`, the applied update is :math:`u_t = p_t - p_{t+1}`, whatever made it
    (momentum, clipping, weight decay), and :math:`g_{t+1}` is the gradient on the next batch.

    Parameters
    ----------
    step : int
        The optimizer step :math:`t` of the update.
    rate : float
        The learning rate of that step, of the first parameter group.
    loss : float
        The training loss of its batch.
    update : float
        :math:`|u_t|`.
    distance : float
        :math:`|p_{t+1} - p_a|`, how far the parameters are from where the window began.
    gradient : float
        :math:`|g_{t+1}|`.
    slope : float
        :math:`\langle g_{t+1}, u_t \rangle`: positive where going on would lower the loss.
    pull : float
        :math:`\langle g_{t+1}, p_a - p_{t+1} \rangle`, the same for the whole way so far.
    coherence : float
        Cosine of :math:`g_t` and :math:`g_{t+1}`; near 0 where a batch is mostly noise.

    Examples
    --------
    >>> pair = Pair(
    ...     step=0, rate=0.1, loss=2.3, update=0.2, distance=0.2, gradient=1.0, slope=0.1,
    ...     pull=0.1, coherence=0.8,
    ... )
    >>> pair.slope / (pair.update * pair.gradient)  # a cosine
    0.5
    """

    step: int
    rate: float
    loss: float
    update: float
    distance: float
    gradient: float
    slope: float
    pull: float
    coherence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    r"""The loss of a fresh batch before and after an update.

    Parameters
    ----------
    before, after : float
        :math:`L(p_t)` and :math:`L(p_{t+1})` on the batch of step :math:`t + 1`.
    slope : float
        :math:`\langle g_{t+1}, u_t \rangle` on the same batch.

    Examples
    --------
    >>> probe = Probe(before=1.0, after=0.9, slope=0.05)
    >>> round(probe.after - probe.before, 3)
    -0.1
    """

    before: float
    after: float
    slope: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """What was measured between two steps.

    Parameters
    ----------
    start, stop : int
        Its optimizer steps; the distances are from the parameters before step `start`.
    since : int
        The first step whose loss counts as a loss of now.
    fraction : float
        Share of the planned steps that are done at its end, 0..1.
    momentum : float
        The optimizer's ``momentum``, or the first of its ``betas``.
    first_loss : float
        Median training loss of the first steps of the run.
    pairs : tuple of Pair
        In the order of their steps.
    probes : tuple of Probe
        Empty where no loss can be probed.

    Examples
    --------
    >>> window = Window(
    ...     start=0, stop=9, since=0, fraction=0.1, momentum=0.9, first_loss=2.3, pairs=()
    ... )
    >>> window.stop - window.start
    9
    """

    start: int
    stop: int
    since: int
    fraction: float
    momentum: float
    first_loss: float
    pairs: tuple[Pair, ...]
    probes: tuple[Probe, ...] = ()

    @property
    def recent(self) -> "Window":
        """The part of it that counts as now."""
        pairs = tuple(pair for pair in self.pairs if pair.step >= self.since)
        return replace(self, start=self.since, pairs=pairs)

    def column(self, name: str) -> Values:
        """Return one number of every pair.

        Parameters
        ----------
        name : str
            A field of `Pair`.

        Returns
        -------
        ndarray
            In the order of the pairs.

        Examples
        --------
        >>> window = Window(
        ...     start=0, stop=9, since=0, fraction=0.1, momentum=0.9, first_loss=2.3, pairs=()
        ... )
        >>> window.column("update")
        array([], dtype=float64)
        """
        return np.array([getattr(pair, name) for pair in self.pairs], dtype=np.float64)


_PAIR: Final = tuple(field.name for field in fields(Pair))
_PROBE: Final = tuple(field.name for field in fields(Probe))
_PLAIN: Final = ("start", "stop", "since", "fraction", "momentum", "first_loss")


def pack(window: Window) -> dict[str, Any]:
    """Return a window as plain values, such as JSON and checkpoints hold.

    Parameters
    ----------
    window : Window
        What was measured.

    Returns
    -------
    dict
        Numbers, and lists of numbers.

    Examples
    --------
    >>> window = Window(
    ...     start=0, stop=9, since=0, fraction=0.1, momentum=0.9, first_loss=2.3, pairs=()
    ... )
    >>> unpack(pack(window)) == window
    True
    """
    return {
        **{name: getattr(window, name) for name in _PLAIN},
        "pairs": [[getattr(pair, name) for name in _PAIR] for pair in window.pairs],
        "probes": [[getattr(probe, name) for name in _PROBE] for probe in window.probes],
    }


def unpack(packed: dict[str, Any]) -> Window:
    """Return the window that `pack` was given.

    Parameters
    ----------
    packed : dict
        What `pack` returned.

    Returns
    -------
    Window
        Equal to the one before.

    Examples
    --------
    >>> packed = {"start": 0, "stop": 9, "since": 0, "fraction": 0.1, "momentum": 0.9}
    >>> unpack({**packed, "first_loss": 2.3, "pairs": [], "probes": []}).stop
    9
    """
    return Window(
        **{name: packed[name] for name in _PLAIN},
        pairs=tuple(Pair(**dict(zip(_PAIR, row, strict=True))) for row in packed["pairs"]),
        probes=tuple(Probe(**dict(zip(_PROBE, row, strict=True))) for row in packed["probes"]),
    )
