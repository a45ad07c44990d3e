"""Reads of Azure: at a pace, and none before Azure says that it will answer again.

ARM counts all reads of a principal together: 250 at once, and 25 a second (documented). Other clients read too.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.engine.pace import Pace
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Azure, Key

PER_SECOND: Final = 9.0
AT_ONCE: Final = 100
"""Reads of all kinds together, and how many direct ones may come without a pause after a time with fewer."""

AT_REST: Final = 5
"""The same for reads that nothing calls for but time: those of a fleet at rest come one after the other."""

EARLY: Final = 0.01
"""Seconds by which a direct read may come before its turn."""


class Reads:
    """Reads container groups."""

    def __init__(self, azure: Azure, clock: Callable[[], datetime]) -> None:
        self._azure = azure
        self._pauses = Pauses(clock)
        self._turns: dict[Key, float] = {}
        self._pace = Pace(PER_SECOND)

    def pause(self, key: Key, subscription_id: str, *, at_rest: bool) -> float:
        """Return in how many seconds an object's group may be read. 0 is its turn, and counts as a read."""
        left = self._pauses.left(subscription_id.lower())
        if left > 0:
            return left
        if key not in self._turns:
            self._turns[key] = self._pace.moment()
        early = AT_REST if at_rest else AT_ONCE
        wait = self._turns[key] - early / PER_SECOND - asyncio.get_running_loop().time()
        if wait > EARLY:
            return wait
        self.forget(key)
        return 0.0

    def forget(self, key: Key) -> None:
        """Forget the turn of an object that is gone."""
        self._turns.pop(key, None)

    async def get(self, ref: GroupRef) -> CloudGroup:
        """Read one group, as the port does; without a call while Azure wants none."""
        return await self._pauses.keep(ref.scope.subscription_id.lower(), lambda: self._azure.get(ref))

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        """Read all groups of a resource group in the same way."""
        self._pace.moment()
        return await self._pauses.keep(scope.subscription_id.lower(), lambda: self._azure.list(scope))
