"""Checks of what was written into the fields of a trigger."""

from lr_plugin.schedule import Duration, ScheduleError
from lr_plugin.schedule.check import check_choice, check_count, check_numbers, check_text
from lr_plugin.schedule.error import within
from lr_plugin.trigger.base import MetricTrigger


def check_watched(node: MetricTrigger, example: str) -> None:
    """Raise unless a trigger says which metric it looks at, from where on, and what is better."""
    check_text(node, "monitor", example)
    check_choice(node, "mode", ("min", "max"))
    check_choice(node, "missing", ("error", "skip"))
    if node.start_after is not None:
        with within("start_after"):
            Duration.parse(node.start_after)


def check_patience(node: MetricTrigger) -> None:
    """Raise unless a trigger says what an improvement is, and how long it waits for one."""
    check_choice(node, "threshold_mode", ("rel", "abs"))
    check_numbers(node, "patience", "cooldown", "threshold")
    for name in ("patience", "cooldown", "threshold"):
        if getattr(node, name) < 0:
            raise ScheduleError(f"{getattr(node, name)!r} is negative; write 0 or more", name)
    check_count(node, "window")
