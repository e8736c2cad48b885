"""Watched: the parameters of an optimizer, together and group by group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from torch import Tensor

from lr_plugin.callback.circumstances import momentum_of
from lr_plugin.callback.measuring import Measuring
from lr_plugin.callback.meter import Meter
from lr_plugin.callback.naming import group_names

if TYPE_CHECKING:
    from torch.optim import Optimizer

__all__ = ["ALL", "Watched", "parameters_of"]

ALL: Final = "all"
"""What the parameters of all groups together are called."""

_USUAL: Final = 0.9  # the momentum of an optimizer that does not say it


@final
@dataclass(frozen=True, kw_only=True)
class Watched:
    """What to measure of an optimizer.

    Parameters
    ----------
    sketch : int, optional
        How many coordinates to watch at most.
    groups : bool
        Whether to measure every parameter group by itself as well.
    undoes : bool
        Whether updates are to be taken back.
    """

    sketch: int | None
    groups: bool
    undoes: bool

    def measuring(self, optimizer: "Optimizer") -> dict[str, Measuring]:
        """Return what measures, by the name of the parameters: all of them first.

        Parameters
        ----------
        optimizer : Optimizer
            Which trains them.
        """
        found, groups = {ALL: parameters_of(optimizer)}, optimizer.param_groups
        if self.groups:
            names = group_names(groups, taken=[ALL])
            found |= {name: group["params"] for name, group in zip(names, groups, strict=True)}
        said = momentum_of(optimizer)
        momentum = _USUAL if said is None else said
        return {
            name: Measuring(Meter(held, self.sketch, undoes=self.undoes), momentum)
            for name, held in found.items()
        }


def parameters_of(optimizer: "Optimizer") -> list[Tensor]:
    """Return all parameters of an optimizer."""
    return [each for group in optimizer.param_groups for each in group["params"]]
