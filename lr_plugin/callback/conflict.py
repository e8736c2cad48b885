"""Conflict: what to do where something else has written a scheduled value."""

from typing import TYPE_CHECKING, Literal, TypeAlias, final

from pytorch_lightning.utilities import rank_zero_info, rank_zero_warn

from lr_plugin.callback.lane import Found
from lr_plugin.rule import MODULE, Rule
from lr_plugin.schedule import ScheduleError

if TYPE_CHECKING:
    from lr_plugin.callback.state import Slot

OnConflict: TypeAlias = Literal["warn", "error", "adopt"]

_MOST_SAID = 10


@final
class Guard:
    """Deals with conflicts as configured.

    Parameters
    ----------
    choice : {"warn", "error", "adopt"}
        Say so once and write ours, stop, or go on from the value that was found.
    """

    def __init__(self, choice: OnConflict) -> None:
        self.choice = choice
        self._said: dict[Slot, int] = {}

    def meet(self, rule: Rule, optimizer: int, found: Found) -> float | None:
        """Deal with one conflict.

        Parameters
        ----------
        rule : Rule
            What drives the value.
        optimizer : int
            Where it is.
        found : Found
            What is there.

        Returns
        -------
        float or None
            What multiplies the schedule's number from now on, if the found value counts.

        Raises
        ------
        ScheduleError
            If that is the choice, or if the found value cannot count.
        """
        told = _told(rule, optimizer, found)
        if self.choice == "error":
            raise ScheduleError(f"{told}; {_remedy(found)}", "on_conflict")
        slot = optimizer, found.group, rule.key
        said = self._said[slot] = self._said.get(slot, 0) + 1
        if self.choice == "adopt":
            return _adopted(told, found, said)
        if said == 1:
            rank_zero_warn(
                f"{told}, and the last to write wins; {_remedy(found)}, or let what is found count "
                "with on_conflict: adopt"
            )
        return None


def _told(rule: Rule, optimizer: int, found: Found) -> str:
    where = "" if rule.is_of_module else f" of group {found.group} of optimizer {optimizer}"
    return (
        f"{rule.key!r}{where} was written as "
        f"{found.written!r} by rule {rule.name!r} and is {found.value!r} now: something else "
        "writes it too (optimizer_step of the module, another callback?)"
    )


def _adopted(told: str, found: Found, said: int) -> float:
    if found.factor == 0:
        raise ScheduleError(
            f"{told}. It cannot be adopted: the schedule's number in force is 0, which nothing "
            f"undoes; {_remedy(found)}",
            "on_conflict",
        )
    weight = float(found.value) / found.factor
    if said <= _MOST_SAID:
        last = "; nothing more will be said of it" if said == _MOST_SAID else ""
        rank_zero_info(f"{told}; the schedule goes on from there, as {weight:g}{last}")
    return weight


def _remedy(found: Found) -> str:
    if found.group == MODULE:
        return "remove one of them"
    return f"remove one of them, or leave the group alone with 'ignore: [{found.group}]'"
