"""Reads of Azure: at a pace, and none before Azure says that it will answer again.

ARM counts all reads of a principal together: 250 at once, and 25 a second (documented). Other clients read too.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import Throttled
from aci_operator.engine.ports import Azure, Key

PER_SECOND: Final = 10.0
AT_ONCE: Final = 100
"""Reads of all kinds together, and how many direct ones may come without a pause after a time with fewer."""

EARLY: Final = 0.01
"""Seconds by which a direct read may come before its turn."""


class Reads:
    """Reads container groups."""

    def __init__(self, azure: Azure, clock: Callable[[], datetime]) -> None:
        self._azure = azure
        self._clock = clock
        self._not_before: dict[str, datetime] = {}
        self._turns: dict[Key, float] = {}
        self._all_sent_at = float("-inf")

    def pause(self, key: Key, subscription_id: str) -> float:
        """Return in how many seconds an object's group may be read. 0 is its turn, and counts as a read."""
        left = self._held(subscription_id)
        if left > 0:
            return left
        if key not in self._turns:
            self._turns[key] = self._next_turn()
        wait = self._turns[key] - asyncio.get_running_loop().time()
        if wait > EARLY:
            return wait
        self.forget(key)
        return 0.0

    def forget(self, key: Key) -> None:
        """Forget the turn of an object that is gone."""
        self._turns.pop(key, None)

    async def get(self, ref: GroupRef) -> CloudGroup:
        """Read one group, as the port does; without a call while Azure wants none."""
        with self._obedient(ref.scope.subscription_id):
            return await self._azure.get(ref)

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        """Read all groups of a resource group in the same way."""
        self._next_turn()
        with self._obedient(scope.subscription_id):
            return await self._azure.list(scope)

    @contextmanager
    def _obedient(self, subscription_id: str) -> Iterator[None]:
        left = self._held(subscription_id)
        if left > 0:
            raise Throttled(message=f"nothing is read for another {left:.0f} s", retry_after=left)
        try:
            yield
        except Throttled as error:
            if error.retry_after is not None:
                allowed = self._clock() + timedelta(seconds=error.retry_after)
                known = self._not_before.get(subscription_id.lower(), allowed)
                self._not_before[subscription_id.lower()] = max(allowed, known)
            raise

    def _held(self, subscription_id: str) -> float:
        """Return for how many seconds Azure wants no reads of a subscription."""
        allowed, now = self._not_before.get(subscription_id.lower()), self._clock()
        return (allowed - now).total_seconds() if allowed is not None and allowed > now else 0.0

    def _next_turn(self) -> float:
        """Return the moment of one read more, on the loop's clock.

        `_all_sent_at` is when all would have been sent that ever had their turn, one after the other at an even pace.
        """
        now = asyncio.get_running_loop().time()
        self._all_sent_at = max(self._all_sent_at, now) + 1 / PER_SECOND
        return self._all_sent_at - AT_ONCE / PER_SECOND
