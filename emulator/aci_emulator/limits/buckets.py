"""ARM's token buckets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.limits.waits import whole_seconds
from aci_emulator.settings import Settings

GLOBAL = 15
"""The bucket of a whole subscription is so many times that of one principal (documented)."""


@dataclass
class Bucket:
    """A token bucket."""

    tokens: float
    at: datetime

    def fill(self, size: float, refill: float, now: datetime) -> None:
        """Add what came back since the last look: `refill` tokens a second, up to `size`."""
        self.tokens = min(size, self.tokens + refill * max(0.0, (now - self.at).total_seconds()))
        self.at = now


@dataclass
class Buckets:
    """ARM's own limits (documented since 2024): reads, writes and deletes, each in the region that answers.

    A request takes a token from its principal's bucket and one from its subscription's. That the latter is of one
    region too is assumed.
    """

    buckets: dict[tuple[str, str, str, str | None], Bucket] = field(default_factory=dict)

    def take(self, method: str, subscription: str, principal: str, settings: Settings, now: datetime) -> dict[str, str]:
        """Take one token from both buckets; POST counts as a write (recorded). Gives the headers of the answer.

        Raises:
            Refusal: 429 SubscriptionRequestsThrottled with Retry-After; nothing is taken.
        """
        kind = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(method, "write")
        size = float(settings.arm_reads if kind == "read" else settings.arm_writes)
        refill = (25.0 if kind == "read" else 10.0) * settings.time_scale
        place = (settings.arm_region, subscription, kind)
        own = self._filled((*place, principal), size, refill, now)
        whole = self._filled((*place, None), GLOBAL * size, GLOBAL * refill, now)
        missing = max((1.0 - own.tokens) / refill, (1.0 - whole.tokens) / (GLOBAL * refill))
        if missing <= 0:
            own.tokens -= 1.0
            whole.tokens -= 1.0
        elif settings.arm_throttle:
            wait = whole_seconds(timedelta(seconds=missing))
            raise refuse(
                "SubscriptionRequestsThrottled",
                headers={"Retry-After": wait},
                kind=kind,
                subscription=subscription,
                actor=principal,
                seconds=wait,
            )
        return {
            f"x-ms-ratelimit-remaining-subscription-{kind}s": str(int(own.tokens)),
            f"x-ms-ratelimit-remaining-subscription-global-{kind}s": str(int(whole.tokens)),
        }

    def _filled(self, key: tuple[str, str, str, str | None], size: float, refill: float, now: datetime) -> Bucket:
        bucket = self.buckets.setdefault(key, Bucket(size, now))
        bucket.fill(size, refill, now)
        return bucket
