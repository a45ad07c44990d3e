"""A queue of keys with the semantics of client-go's: coalescing, one worker per key, delayed adds, back-off.

A key that is added while it is being worked on runs again afterwards; nothing that happens during a pass is lost.
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 60.0

EARLY: Final = 0.001
"""Seconds by which a delayed add may come early. Timers of an event loop fire early too, and waiting for the rest of a
rounding error would not let a virtual clock go on."""


class WorkQueue(Generic[K]):
    """The queue. All times are seconds of the event loop's clock."""

    def __init__(self) -> None:
        self._ready: deque[K] = deque()
        self._waiting: set[K] = set()
        self._active: set[K] = set()
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._order = itertools.count()
        self._failures: dict[K, int] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._ready)

    def add(self, key: K) -> None:
        """Ask for a pass over a key as soon as possible."""
        self._due.pop(key, None)
        if key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._active:
            self._ready.append(key)
            self._changed.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Ask for a pass later; the earliest request of a key wins."""
        if key in self._waiting:
            return
        at = asyncio.get_running_loop().time() + seconds
        if at < self._due.get(key, float("inf")):
            self._due[key] = at
            heapq.heappush(self._heap, (at, next(self._order), key))
            self._changed.set()

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
        loop = asyncio.get_running_loop()
        while True:
            self._promote(loop.time() + EARLY)
            if self._ready:
                key = self._ready.popleft()
                self._waiting.discard(key)
                self._active.add(key)
                return key
            self._changed.clear()
            try:
                async with asyncio.timeout(self._heap[0][0] - loop.time() if self._heap else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def done(self, key: K) -> None:
        """End the work on a key; if it was added meanwhile, it is ready again."""
        self._active.discard(key)
        if key in self._waiting:
            self._ready.append(key)
            self._changed.set()

    def _promote(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            at, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                self.add(key)
