"""Reads of Azure: at a pace, and none before Azure says that it will answer again.

ARM counts all reads of a principal together: 250 at once, and 25 a second (documented). Other clients read too.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.usage import Usage
from aci_operator.engine.pace import Pace
from aci_operator.engine.pauses import Pauses
from aci_operator.engine.ports import Azure, Key

PER_SECOND: Final = 9.0
AT_ONCE: Final = 100
"""Reads of all kinds together, and how many direct ones may come without a pause after a time with fewer."""

CATCHING_UP: Final = 1.2
AT_REST_AT_ONCE: Final = 3
"""Reads that nothing calls for but time come at most so much faster than in the mean, and so many at once."""

YIELDS: Final = 10
"""They wait while the reads of all kinds are so many ahead of their pace: what something calls for goes first."""

LONGEST_PAUSE: Final = 1.0
"""Seconds after which one of them comes all the same."""

EARLY: Final = 0.01
"""Seconds by which a direct read may come before its turn."""


class Reads:
    """Reads container groups, and what is used of the quotas for them.

    Args:
        at_rest: Reads a second that a fleet at rest needs; the rest of the pace is for those that something calls for.
    """

    def __init__(self, azure: Azure, pauses: Pauses, *, at_rest: float = 5) -> None:
        self._azure = azure
        self._pauses = pauses
        self._all = _Line(PER_SECOND, AT_ONCE)
        self._at_rest = _Line(at_rest * CATCHING_UP, AT_REST_AT_ONCE)
        self._last_at_rest = float("-inf")

    def barred(self, subscription_id: str) -> bool:
        """Tell whether Azure has asked not to be read now."""
        return self._pauses.left(subscription_id.lower()) > 0

    def pause(self, key: Key, subscription_id: str, *, at_rest: bool) -> float:
        """Return in how many seconds an object's group may be read. 0 is its turn, and counts as a read."""
        left = self._pauses.left(subscription_id.lower())
        if left > 0:
            return left
        wait = self._wait_at_rest(key) if at_rest else self._all.wait(key)
        if wait > EARLY:
            return wait
        if at_rest:
            self._all.count()
            self._last_at_rest = asyncio.get_running_loop().time()
        self.forget(key)
        return 0.0

    def _wait_at_rest(self, key: Key) -> float:
        wait, ahead = self._at_rest.wait(key), self._all.ahead() - YIELDS / PER_SECOND
        if wait > EARLY or ahead <= EARLY:
            return wait
        pause = self._last_at_rest + LONGEST_PAUSE - asyncio.get_running_loop().time()
        if pause <= EARLY:
            return pause
        self._at_rest.leave(key)  # it stands in line anew, or thousands would ask again together
        return max(min(ahead, pause), self._at_rest.wait(key))

    def forget(self, key: Key) -> None:
        """Forget the turn of an object that is gone."""
        self._all.leave(key)
        self._at_rest.leave(key)

    async def get(self, ref: GroupRef) -> CloudGroup:
        """Read one group, as the port does; without a call while Azure wants none."""
        return await self._pauses.keep(ref.scope.subscription_id.lower(), lambda: self._azure.get(ref))

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        """Read all groups of a resource group in the same way."""
        self._all.count()
        return await self._pauses.keep(scope.subscription_id.lower(), lambda: self._azure.list(scope))

    async def list_subscription(self, subscription_id: str) -> Sequence[CloudGroup]:
        """Read all groups of a subscription in the same way."""
        self._all.count()
        return await self._pauses.keep(subscription_id.lower(), lambda: self._azure.list_subscription(subscription_id))

    async def usages(self, subscription_id: str, location: str) -> Sequence[Usage]:
        """Read what is used of the quotas in the same way."""
        self._all.count()
        call = partial(self._azure.list_usages, subscription_id, location)
        return await self._pauses.keep(subscription_id.lower(), call)


class _Line:
    """Those that wait for their turn, at a pace."""

    def __init__(self, per_second: float, at_once: int) -> None:
        self._pace = Pace(per_second)
        self._early = at_once / per_second
        self._turns: dict[Key, float] = {}

    def wait(self, key: Key) -> float:
        """Return the seconds until the turn of one, which stands in the line from now on."""
        if key not in self._turns:
            self._turns[key] = self._pace.moment()
        return self._turns[key] - self._early - asyncio.get_running_loop().time()

    def ahead(self) -> float:
        """Return the seconds by which those that were let go are ahead of the pace."""
        return self._pace.ahead()

    def leave(self, key: Key) -> None:
        """Let one go."""
        self._turns.pop(key, None)

    def count(self) -> None:
        """Count a read that does not wait."""
        self._pace.moment()
