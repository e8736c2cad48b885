"""View: what can be read of the scheduler while it runs, and what it remembers of the run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytorch_lightning import Callback
from typing_extensions import override

from lr_plugin.callback.attributes import reach
from lr_plugin.callback.naming import named_curves, named_values
from lr_plugin.callback.resume import Choice
from lr_plugin.callback.run import Run
from lr_plugin.callback.total import Total
from lr_plugin.callback.triggers import Triggers
from lr_plugin.rule import Rule, Selector
from lr_plugin.schedule import Curve

if TYPE_CHECKING:
    import weakref

    from pytorch_lightning import Trainer

    from lr_plugin.callback.state import State


class View(Callback):
    """The part of `LearningRateScheduler` that changes nothing."""

    rules: Sequence[Rule]
    ignore: Selector
    triggers: Triggers
    total: Total
    on_change: Choice
    branch: bool
    allow: Sequence[str]
    silence: Sequence[str]

    def _forget(self) -> None:
        self._run: Run | None = None
        self._saved: State = {}
        self._resumed = False
        self._trainer: weakref.ref[Trainer] | None = None

    @property
    @override
    def state_key(self) -> str:
        # Lightning asks at every hook of every batch, so nothing is computed here.
        return "lr_plugin.LearningRateScheduler"

    @property
    def curves(self) -> dict[str, Curve]:
        """The planned curve of every rule, from ``on_train_start`` on; empty before.

        Where a rule drives several optimizers, each has its own: ``lr/optimizer1``.
        """
        made = self._run.curves if self._run is not None else {}
        return {name: curve for name, (curve, _) in named_curves(made).items()}

    @property
    def steps(self) -> dict[str, int]:
        """The step at which each of the `curves` is; empty before ``on_train_start``."""
        trainer, run = self._trainer_now(), self._run
        if trainer is None or run is None:
            return {}
        steps = run.steps(trainer.global_step)
        return {name: steps[number] for name, (_, number) in named_curves(run.curves).items()}

    def values(self) -> dict[str, float]:
        """Give every scheduled value of every parameter group and of the module, as it is now.

        Returns
        -------
        dict of str to float
            Named by key and, where there are several, by optimizer and group:
            ``lr``, ``lr/head``, ``betas.0/optimizer1/group0``, ``module.kl_weight``. Empty outside
            of a fit.
        """
        trainer, of = self._trainer_now(), self._run or self
        return named_values(of.rules, of.ignore, reach(trainer) if trainer is not None else [])

    def _trainer_now(self) -> "Trainer | None":
        return self._trainer() if self._trainer is not None else None

    def __getstate__(self) -> dict[str, object]:
        # Lightning leaves the module's `log` on every callback, which would take the model along.
        kept = {k: v for k, v in self.__dict__.items() if k not in ("log", "log_dict")}
        return {**kept, "_run": None, "_saved": {}, "_resumed": False, "_trainer": None}

    def _started(self) -> Run:
        if self._run is None:
            raise RuntimeError("training hooks were called before on_fit_start")
        return self._run
