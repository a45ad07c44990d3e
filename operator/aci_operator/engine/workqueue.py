"""A queue of keys with the semantics of client-go's: coalescing, one worker per key, delayed adds, back-off.

A key that is added while it is being worked on runs again afterwards; nothing that happens during a pass is lost.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from aci_operator.engine.lanes import Lanes

K = TypeVar("K", bound=Hashable)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 60.0

EARLY: Final = 0.001
"""Seconds by which a delayed add may come early. Timers of an event loop fire early too, and waiting for the rest of a
rounding error would not let a virtual clock go on."""


def alone(key: K) -> K:
    """Return the lane of a key that shares it with no other."""
    return key


class WorkQueue(Generic[K]):
    """The queue. All times are seconds of the event loop's clock.

    Args:
        lane: Returns what a key has in common with others; by default nothing.
        most: Keys of one lane that may be worked on at once.
    """

    def __init__(self, lane: Callable[[K], Hashable] = alone, most: int = 1) -> None:
        self._ready: Lanes[K] = Lanes(lane, most)
        self._waiting: set[K] = set()
        self._active: set[K] = set()
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = itertools.count()
        self._failures: dict[K, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._ready)

    def add(self, key: K) -> None:
        """Ask for a pass over a key as soon as possible."""
        self._due.pop(key, None)
        if key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._active:
            self._ready.put(key)

    def add_after(self, key: K, seconds: float) -> None:
        """Ask for a pass later; the earliest request of a key wins."""
        if key in self._waiting:
            return
        at = asyncio.get_running_loop().time() + seconds
        if at < self._due.get(key, float("inf")):
            self._due[key] = at
            heapq.heappush(self._heap, (at, next(self._order), key))
            self._wait_for_the_first()

    def failed(self, key: K, longest: float = LONGEST_PAUSE) -> float:
        """Ask for a pass over a key in work after a pause that doubles with each failure in a row; return the seconds.

        What was added during the failed pass is part of the next one: the pass itself may have caused it, and a pause
        that its own writes could end would be none.
        """
        count = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(FIRST_PAUSE * 2.0 ** min(count - 1, 16), longest)
        self._waiting.discard(key)
        self.add_after(key, pause)
        return pause

    def succeeded(self, key: K) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """Wait for a key and take it; `done` gives it back."""
        key = await self._ready.get()
        self._waiting.discard(key)
        self._active.add(key)
        return key

    def done(self, key: K) -> None:
        """End the work on a key; if it was added meanwhile, it is ready again."""
        self._active.discard(key)
        self._ready.done(key)
        if key in self._waiting:
            self._ready.put(key)

    def _wait_for_the_first(self) -> None:
        at = self._heap[0][0]
        if self._timer is not None and at < self._timer.when():
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(at, self._promote)

    def _promote(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time() + EARLY
        while self._heap and self._heap[0][0] <= now:
            at, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                self.add(key)
        if self._heap:
            self._wait_for_the_first()
