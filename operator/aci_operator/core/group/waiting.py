"""How to tell a user that a write waits for its turn, without telling it anew each second."""

from typing import Final

from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import Verdict
from aci_operator.core.group.observation import Observation, Turn
from aci_operator.core.group.status import status

BRIEF: Final = 2.0
"""Seconds of waiting that are not worth a write of the status."""

_MINUTES: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45)


def shown(o: Observation, turn: Turn, state: State, what: str) -> GroupStatus:
    """Return the status of a group in line: it says for how long, unless that is not worth a write.

    Args:
        o: The look at it.
        turn: When its turn is expected.
        state: Its state meanwhile.
        what: What Azure limits.
    """
    left = o.until(turn.expected_at)
    if left <= BRIEF:
        return o.group.status
    message = f"waits for its turn, {about(left)}: {turn.why or f'Azure limits {what} per region'}"
    return status(o, state, Verdict.underway(Reason.WAITING_FOR_BUDGET, message))


def about(seconds: float) -> str:
    """Return a duration, rounded up so roughly that it changes a dozen times in the longest wait."""
    minutes = next((step for step in _MINUTES if seconds <= step * 60), None)
    return f"about {-(-int(seconds) // 3600)} h" if minutes is None else f"about {minutes} min"
