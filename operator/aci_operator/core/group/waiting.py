"""How to tell a user that a write waits for its turn, without telling it anew each second."""

from typing import Final

from aci_operator.core.group.observation import Observation, Turn

BRIEF: Final = 2.0
"""Seconds of waiting that are not worth a write of the status."""

_MINUTES: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45)


def is_near(o: Observation, turn: Turn) -> bool:
    """Tell whether a turn comes so soon that waiting for it is not worth a word."""
    return o.until(turn.expected_at) <= BRIEF


def message(o: Observation, turn: Turn, what: str) -> str:
    """Return the message for a wait; `what` Azure limits."""
    return f"waits for its turn, {about(o.until(turn.expected_at))}: Azure limits {what} per region"


def about(seconds: float) -> str:
    """Return a duration, rounded up so roughly that it changes a dozen times in the longest wait."""
    minutes = next((step for step in _MINUTES if seconds <= step * 60), None)
    return f"about {-(-int(seconds) // 3600)} h" if minutes is None else f"about {minutes} min"
