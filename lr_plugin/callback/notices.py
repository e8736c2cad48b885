"""Notices: what a user is told while training goes on, once each and from rank 0 alone."""

from collections.abc import Sequence

from pytorch_lightning.utilities import rank_zero_info, rank_zero_warn

from lr_plugin.lint import Finding
from lr_plugin.rule import Rule


def adopted(rule: Rule, optimizer: int, group: int, base: float, factor: float) -> None:
    """Say that a new parameter group is scheduled from now on, and from which value."""
    where = f"group {group} of optimizer {optimizer} joined: its {rule.key}"
    if rule.mode == "scale" and factor == 0:
        rank_zero_warn(
            f"{where} is taken as {base:g}, as found, because the factor in force is 0 and cannot "
            "be undone; give the new group a value of its own when you add it",
        )
    else:
        rank_zero_info(f"{where} is scheduled from {base:g}")


def other_length(planned: int | None, now: int | None) -> None:
    """Warn that the run is shorter or longer than planned."""
    rank_zero_warn(
        f"the run was planned over {planned} steps and looks like {now} now (loaders that change, "
        "an epoch cut short?); schedules go on as planned; give the callback total= if you know "
        "the length",
    )


def unread(event: str) -> None:
    """Warn that a trigger records an event for nobody."""
    rank_zero_warn(
        f"triggers.{event}: no schedule reads this event, so the trigger is not watched; remove "
        f"it with '~schedule.triggers.{event}', or read it with 'until: {event}'",
    )


def left_out(step: int) -> None:
    """Warn that a resumed run begins without a validation that the interrupted one had."""
    rank_zero_warn(
        f"the checkpoint was saved at step {step} before the validation, or the end of the epoch, "
        "that follows there, and Lightning leaves that out: triggers have one look less than in "
        "the run that was interrupted; go on from a checkpoint that is saved after validation "
        "(ModelCheckpoint without every_n_train_steps) for the same values",
    )


def no_state() -> None:
    """Warn that a checkpoint was written without the callback."""
    rank_zero_warn(
        "the checkpoint holds no state of LearningRateScheduler: the schedule goes on at the "
        "restored global_step, from the values configured now",
    )


def no_step() -> None:
    """Warn that a run with manual optimization ended without a step that could be seen."""
    rank_zero_warn(
        "no optimizer step was seen, so no schedule moved; take the optimizers from "
        "self.optimizers(), without use_pl_optimizer=False",
    )


def too_short(place: str, steps: int | None, least: int | None) -> None:
    """Warn that a trial run is shorter than its schedule."""
    rank_zero_warn(
        f"{place} does not fit the {steps} steps of fast_dev_run and is run as if the run had "
        f"{least}, the least that it fits",
    )


def policy(choice: str, told: str) -> None:
    """Say what differs from the checkpoint, and what was chosen to happen."""
    rank_zero_warn(f"on_change is {choice!r}, so that column is what happens. {told}")


def branched(step: int, values: Sequence[str], *, aloud: bool) -> None:
    """Say where a branch begins, aloud if that is not from the configured values."""
    say = rank_zero_warn if aloud else rank_zero_info
    say(f"a branch begins at step {step}: {', '.join(values)}")


def probably_not_meant(finding: Finding) -> None:
    """Warn of what the linter has found, and say how to have it said no more."""
    rank_zero_warn(f"{finding}; if it is meant, write silence: [{finding.name}]")


def not_averaged(phase: str) -> None:
    """Warn that a run ended without a mean of its weights."""
    rank_zero_warn(
        f"nothing was averaged: the run ended before phase {phase!r} had anything to add; the "
        "module has its last weights"
    )
