"""A sliding window. It is never overspent in a window that starts anew at fixed times either, if that is as long."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Final

ON_THE_WAY: Final = timedelta(seconds=30)
"""An answer comes no later than that after its request took effect in Azure."""


class Window:
    """At most `limit` requests in any `span`.

    When a request took effect in Azure is not known exactly: some time before its answer. So it counts as if it went on
    until the answer, and for a whole span from then on.
    """

    def __init__(self, limit: int, span: timedelta) -> None:
        self.limit = limit
        self.span = span
        self._under_way = 0
        self._spent: deque[datetime] = deque()
        self._elsewhere: deque[datetime] = deque()

    def free(self, now: datetime) -> int:
        """Return how many requests can be sent now."""
        for moments in (self._spent, self._elsewhere):
            while moments and moments[0] <= now - self.span:
                moments.popleft()
        return self.limit - len(self._spent) - len(self._elsewhere) - self._under_way

    def opens(self, ahead: int, now: datetime) -> datetime:
        """Return when a request can be sent that has so many others ahead of it, if all of them are sent then."""
        rounds, ahead = divmod(ahead, self.limit)
        missing = ahead + 1 - self.free(now)
        if missing <= 0:
            at = now
        elif missing <= len(self._spent) + len(self._elsewhere):
            at = next(islice(merge(self._spent, self._elsewhere), missing - 1, None)) + self.span
        else:
            at = now + self.span  # at the earliest: it takes the place of one that is still under way
        return at + rounds * self.span

    def begin(self) -> None:
        """Count a request that is about to be sent."""
        self._under_way += 1

    def undo(self) -> None:
        """Take back one that was not sent."""
        self._under_way -= 1

    def end(self, now: datetime) -> None:
        """Count a request that was sent as spent: it was answered, or will never be."""
        self._under_way -= 1
        self._spent.append(now)

    def spent(self, now: datetime) -> list[datetime]:
        """Return what counts at a moment; what is under way as of now."""
        self.free(now)
        return [*merge(self._spent, self._elsewhere), *[now] * self._under_way]

    def recall(self, moments: Iterable[datetime]) -> None:
        """Count requests that a process before this one has sent; only before anything else is counted."""
        self._spent.extend(sorted(moments))

    def spent_elsewhere(self, count: int, now: datetime) -> None:
        """Count requests that somebody else has sent, or this operator before it was restarted.

        When is not known, so they count from now on.
        """
        self._elsewhere.extend([now] * count)

    def elsewhere(self, now: datetime) -> int:
        """Return how many of those count now."""
        self.free(now)
        return len(self._elsewhere)

    def still_elsewhere(self, left: int, now: datetime) -> int:
        """Return how many of those count for Azure yet, at most, if so many are left of the window."""
        sure = sum(1 for at in self._spent if at > now - self.span + ON_THE_WAY)  # the others may have left its window
        return max(min(self.limit - left - sure, len(self._elsewhere)), 0)

    def renew_elsewhere(self, count: int, now: datetime) -> None:
        """Count so many of those from now on: they are there yet, and it is not known for how long."""
        renewed = min(count, len(self._elsewhere))
        for _ in range(renewed):
            self._elsewhere.pop()
        self.spent_elsewhere(renewed, now)
