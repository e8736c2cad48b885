"""Refusals: what cannot work beside the callback, with the remedy."""

from typing import TYPE_CHECKING

from lr_plugin.schedule import ScheduleError

if TYPE_CHECKING:
    from pytorch_lightning import Callback, Trainer


def is_lightnings(thing: object, name: str) -> bool:
    """Say whether `thing` is an instance of Lightning's class `name`, in either namespace.

    ``pytorch_lightning`` and ``lightning.pytorch`` hold different classes of the same names, and
    a run may use either.
    """
    return any(
        base.__name__ == name and base.__module__.startswith(("pytorch_lightning", "lightning."))
        for base in type(thing).__mro__
    )


def callbacks_of(trainer: "Trainer") -> list["Callback"]:
    """Give the callbacks of a trainer, those that the module brings included."""
    found: list[Callback] = trainer.callbacks  # type: ignore[attr-defined] # set by a connector
    return found


def refuse_company(trainer: "Trainer", own: "Callback", kind: type) -> None:
    """Raise if another callback of this trainer would write the same values.

    Parameters
    ----------
    trainer : Trainer
        Whose callbacks to look at.
    own : Callback
        The one that asks.
    kind : type
        What `own` is, and no other callback may be.

    Raises
    ------
    ScheduleError
        If there is a second scheduler or Lightning's StochasticWeightAveraging.
    """
    for other in callbacks_of(trainer):
        if other is not own and isinstance(other, kind):
            raise ScheduleError(
                "two LearningRateScheduler callbacks in one Trainer: the last would silently win; "
                "give one of them all rules, with 'rules: {lr: ..., weight_decay: ...}'",
            )
        if is_lightnings(other, "StochasticWeightAveraging"):
            raise ScheduleError(
                "StochasticWeightAveraging installs its own learning-rate schedule, which would "
                "be overwritten at every step; use Lightning's WeightAveraging callback instead",
            )


def refuse_native(trainer: "Trainer") -> None:
    """Raise if the module returned schedulers of its own.

    Parameters
    ----------
    trainer : Trainer
        Whose optimizers are set up.

    Raises
    ------
    ScheduleError
        With the names of the schedulers.
    """
    if trainer.lr_scheduler_configs:
        names = ", ".join(type(each.scheduler).__name__ for each in trainer.lr_scheduler_configs)
        raise ScheduleError(
            f"the module returns lr_schedulers ({names}), and they write the same values; return "
            "only the optimizers from configure_optimizers (where a config brings the scheduler, "
            "set it to null, such as model.scheduler=null), or remove this callback",
        )


def refuse_nesting(trainer: "Trainer", before: "Trainer | None") -> None:
    """Raise if the callback is in the middle of another trainer's run.

    Parameters
    ----------
    trainer : Trainer
        Which starts a run now.
    before : Trainer or None
        Which used the callback last.

    Raises
    ------
    ScheduleError
        If `before` is another one and still running.
    """
    if before is not None and before is not trainer and before.state.status == "running":
        raise ScheduleError(
            "this callback is in use by another Trainer whose fit has not ended; give each "
            "Trainer a callback of its own",
        )
