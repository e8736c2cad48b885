"""The runs of a test: on which data, from which state, with a bar that shows how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from pytorch_lightning import LightningModule, Trainer
from tqdm import tqdm  # type: ignore[import-untyped] # it ships no types

from lr_plugin.finder.memento import Memento
from lr_plugin.finder.plan import Plan
from lr_plugin.finder.range_test import RangeTest
from lr_plugin.finder.rehearsal import rehearse
from lr_plugin.finder.smoothing import Values

__all__ = ["Bench", "Measured"]


@final
@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the runs of a test have left.

    Parameters
    ----------
    losses : ndarray
        As `Plan.losses` arranges them.
    group_ratios : tuple of float
        Configured rate of each parameter group, in units of the one that is tested.
    copied : Trainer
        The copy that made the last run: it has seen the data, so it knows their length.
    """

    losses: Values
    group_ratios: tuple[float, ...]
    copied: Trainer


class Bench:
    """A Trainer, a module and data to test on.

    Parameters
    ----------
    trainer : Trainer
        The user's; it is copied for each run.
    model : LightningModule
        The user's; it is copied for each run.
    data : mapping
        ``datamodule`` or ``train_dataloaders``: used as they are, and put back.
    """

    def __init__(self, trainer: Trainer, model: LightningModule, data: Mapping[str, Any]) -> None:
        self.trainer, self.model, self.data = trainer, model, data
        self.before = Memento(*data.values(), apart=(trainer, model))

    def put_back(self) -> None:
        """Put random generators and data back as they were."""
        self.before.restore()

    def measure(self, plan: Plan, *, progress: bool) -> Measured:
        """Run a test.

        Parameters
        ----------
        plan : Plan
            What to run.
        progress : bool
            Whether to show a bar, where there is a terminal.
        """
        found: list[Values] = []
        hidden = None if progress else True  # None: unless there is a terminal
        total = sum(run.size for run in plan.runs)
        with tqdm(total=total, desc=plan.mode, unit="step", leave=False, disable=hidden) as bar:
            for number, rates in enumerate(plan.runs):
                test, copied = self._run(plan, number, rates, bar)
                found.append(test.losses)
        return Measured(losses=plan.losses(found), group_ratios=tuple(test.ratios), copied=copied)

    def _run(
        self,
        plan: Plan,
        number: int,
        rates: Values,
        bar: Any,  # noqa: ANN401 - tqdm has no types
    ) -> tuple[RangeTest, Trainer]:
        before = bar.n
        test = RangeTest(rates, on_step=bar.update)
        if plan.same_data:
            self.put_back()
        epoch = 0 if plan.same_data else number
        copied = rehearse(self.trainer, self.model, test, self.data, epoch)
        bar.update(before + rates.size - bar.n)  # a run that diverges ends early
        return test, copied
