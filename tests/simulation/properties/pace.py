"""How often something happens: whoever repeats it without end does so more often than any reason could make it."""

from collections import defaultdict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
MANY = 100
"""So many keys of long ago are kept, before they are looked for."""


class Pace:
    """Counts what happens to each key in the last minute, or another span.

    Args:
        most: More than that is too fast.
    """

    def __init__(self, most: int, span: timedelta = MINUTE) -> None:
        self._most = most
        self._span = span
        self._moments: dict[Hashable, deque[datetime]] = defaultdict(deque)
        self._many = MANY

    def too_fast(self, key: Hashable, now: datetime, more: int = 0) -> bool:
        """Count once more; tell whether that was once too often, for a key that may have so many `more`."""
        if len(self._moments) > self._many:
            recent = {each: moments for each, moments in self._moments.items() if moments[-1] > now - self._span}
            self._moments = defaultdict(deque, recent)
            self._many = 2 * len(recent) + MANY
        moments = self._moments[key]
        while moments and moments[0] <= now - self._span:
            moments.popleft()
        moments.append(now)
        return len(moments) > self._most + more
