"""What Azure has asked not to be asked again before a moment."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import TypeVar

from aci_operator.core.errors import Throttled

T = TypeVar("T")


class Pauses:
    """Keeps to each Retry-After, for all calls of a kind: the next one would be refused as well, and count."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[Hashable, datetime] = {}

    async def keep(self, kind: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """Call, and learn from a refusal.

        Raises:
            Throttled: Azure refuses the call, or has asked to wait for longer: then nothing is sent.
            AzureError: Any other outcome of the call.
        """
        left = self.left(kind)
        if left > 0:
            words = f"Azure asked for nothing of the kind before {self._until[kind]:%H:%M:%S} UTC"
            raise Throttled(message=words, retry_after=left)
        try:
            return await call()
        except Throttled as error:
            if error.retry_after is not None:
                allowed = self._clock() + timedelta(seconds=error.retry_after)
                self._until[kind] = max(allowed, self._until.get(kind, allowed))
            raise

    def left(self, kind: Hashable) -> float:
        """Return for how many seconds Azure wants no call of a kind."""
        now = self._clock()
        return max((self._until.get(kind, now) - now).total_seconds(), 0.0)
