"""What to tell the user: one line for each turn of the story, and for each thing done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.reasons import Act, Reason
from aci_operator.core.conditions import find, is_true

_UNTOLD: Final = {
    Reason.PROGRESSING,
    Reason.STARTING,
    Reason.RESTARTING,
    Reason.DELETING,
    Reason.SCALING,
    Reason.ROLLING_OUT,
    Reason.HEALING,
    Reason.PAUSED,
}
"""Reasons that only say that something goes on; what is done about it has Events of its own."""

_GOOD: Final = {Reason.READY, Reason.RUNNING, Reason.SCALED_TO_ZERO, Reason.COMPLETED, Reason.WAITING_FOR_BUDGET}


@dataclass(frozen=True)
class Entry:
    """What was done, why, and how many times."""

    act: Act
    why: Reason
    count: int = 1


@dataclass(frozen=True)
class Tell:
    """An Event for the user. The message of one about something done has its reason in brackets."""

    reason: Reason
    message: str
    warning: bool = False
    entry: Entry | None = None


def done(entry: Entry, reason: Reason, words: str, *, warning: bool = False) -> Tell:
    """Return the Event for something that was done."""
    return Tell(reason, f"{words} ({entry.why})", warning=warning, entry=entry)


def unanswered(tell: Tell) -> Tell:
    """Return the Event for what may have been done, since no usable answer came, of the one for what was done."""
    message = f"no usable answer, looking whether it was done: {tell.message}"
    return replace(tell, reason=Reason.ANSWER_LOST, message=message, warning=True)


def turn(before: Sequence[Condition], after: Sequence[Condition]) -> Tell | None:
    """Return the Event for a change of the reason of Ready, None when there is nothing new to tell."""
    old, new = find(before, ConditionType.READY), find(after, ConditionType.READY)
    if new is None or (old is not None and old.reason == new.reason):
        return None
    reason = Reason(new.reason)
    return None if reason in _UNTOLD else Tell(reason, new.message, warning=reason not in _GOOD)


def pause(before: Sequence[Condition], after: Sequence[Condition]) -> Tell | None:
    """Return the Event for the begin or the end of a pause."""
    was, new = is_true(before, ConditionType.SUSPENDED), find(after, ConditionType.SUSPENDED)
    if new is None or was == (new.status == "True"):
        return None
    return Tell(Reason.RESUMED, "spec.paused is false") if was else Tell(Reason.PAUSED, new.message)
