"""How often something happens."""

from bisect import bisect_left
from collections.abc import Sequence


def busiest(moments: Sequence[float], span: float) -> float:
    """Return the events a second in that span of so many seconds in which there were most."""
    ordered = sorted(moments)
    most = max((bisect_left(ordered, at + span) - index for index, at in enumerate(ordered)), default=0)
    return most / span
