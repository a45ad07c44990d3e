"""What to tell the user as an Event when a status changes: one line for each turn of the story."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import find

_UNTOLD: Final = {
    Reason.PROGRESSING,
    Reason.STARTING,
    Reason.DELETING,
    Reason.SCALING,
    Reason.ROLLING_OUT,
    Reason.HEALING,
}
"""Reasons that only say that something goes on; what is done about it has Events of its own."""

_GOOD: Final = {Reason.READY, Reason.RUNNING, Reason.SCALED_TO_ZERO, Reason.COMPLETED, Reason.WAITING_FOR_BUDGET}


@dataclass(frozen=True)
class Tell:
    """An Event for the user."""

    reason: Reason
    message: str
    warning: bool = False


def turn(before: Sequence[Condition], after: Sequence[Condition]) -> Tell | None:
    """Return the Event for a change of the reason of Ready, None when there is nothing new to tell."""
    old, new = find(before, ConditionType.READY), find(after, ConditionType.READY)
    if new is None or (old is not None and old.reason == new.reason):
        return None
    reason = Reason(new.reason)
    return None if reason in _UNTOLD else Tell(reason, new.message, warning=reason not in _GOOD)
