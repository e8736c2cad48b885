"""Resume: what to do where a run differs from the checkpoint it goes on from."""

from typing import TYPE_CHECKING

from lr_plugin.callback.refusals import callbacks_of, is_lightnings
from lr_plugin.callback.state import Bases, State, check_version, differences, table
from lr_plugin.schedule import ScheduleError

if TYPE_CHECKING:
    from pytorch_lightning import Trainer


def check(saved: State, plan: State, bases: Bases, trainer: "Trainer") -> None:
    """Raise if the run would go on with other values than the checkpoint planned.

    Parameters
    ----------
    saved : dict
        State from the checkpoint.
    plan : dict
        Plan of the run that starts, see `lr_plugin.callback.state.pack_plan`.
    bases : dict
        Values configured now.
    trainer : Trainer
        Whose callbacks say whether `bases` can be trusted.

    Raises
    ------
    ScheduleError
        With a table of what differs.
    """
    check_version(saved)
    # BaseFinetuning puts the checkpoint's groups back before we can see the configured ones.
    rebuilt = any(is_lightnings(each, "BaseFinetuning") for each in callbacks_of(trainer))
    found = differences(saved, plan, {} if rebuilt else bases)
    if found:
        raise ScheduleError(
            "this run is not the one in the checkpoint:\n"
            f"{table(found)}\n"
            "Put these back as they were to go on with that run; to start another one from its "
            "weights, load them without ckpt_path",
        )
