"""Keys that are ready for a worker. Those of one lane never take all workers, however many they are and long they take.

So a service whose calls get no answer holds up itself, and no other.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Lanes(Generic[K]):
    """First come, first served, but for those that are too many of their lane.

    Args:
        lane: Returns the lane of a key.
        most: Keys of one lane that may be served at once, or be next.
    """

    def __init__(self, lane: Callable[[K], Hashable], most: int) -> None:
        self._lane = lane
        self._most = most
        self._next: asyncio.Queue[K] = asyncio.Queue()
        self._turns: Counter[Hashable] = Counter()
        self._held: dict[Hashable, deque[K]] = {}

    def __len__(self) -> int:
        return self._next.qsize() + sum(map(len, self._held.values()))

    def put(self, key: K) -> None:
        """Add a key that is neither ready nor in work."""
        lane = self._lane(key)
        if self._turns[lane] < self._most:
            self._turns[lane] += 1
            self._next.put_nowait(key)
        else:
            self._held.setdefault(lane, deque()).append(key)

    async def get(self) -> K:
        """Wait for a key and take it; `done` gives back its turn."""
        return await self._next.get()

    def done(self, key: K) -> None:
        """Pass the turn of a key on to the next of its lane."""
        lane = self._lane(key)
        held = self._held.get(lane)
        if held:
            self._next.put_nowait(held.popleft())
            return
        self._held.pop(lane, None)
        self._turns[lane] -= 1
        if not self._turns[lane]:
            del self._turns[lane]
