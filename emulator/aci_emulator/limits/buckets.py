"""ARM's token buckets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.limits.waits import whole_seconds
from aci_emulator.settings import Settings


@dataclass
class Bucket:
    """A token bucket: `size` at most, `refill` a second."""

    tokens: float
    at: datetime

    def take(self, size: int, refill: float, now: datetime) -> bool:
        """Take one token if there is one."""
        self.tokens = min(float(size), self.tokens + refill * max(0.0, (now - self.at).total_seconds()))
        self.at = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass
class Buckets:
    """ARM's own limits: reads, writes and deletes for each principal and subscription (documented since 2024)."""

    buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)

    def take(self, method: str, subscription: str, principal: str, settings: Settings, now: datetime) -> dict[str, str]:
        """Take one token; POST counts as a write (recorded). Gives the headers of the answer.

        Raises:
            Refusal: 429 SubscriptionRequestsThrottled with Retry-After.
        """
        kind = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(method, "write")
        size = settings.arm_reads if kind == "read" else settings.arm_writes
        refill = (25.0 if kind == "read" else 10.0) * settings.time_scale
        bucket = self.buckets.setdefault((principal, subscription, kind), Bucket(float(size), now))
        if not bucket.take(size, refill, now) and settings.arm_throttle:
            wait = whole_seconds(timedelta(seconds=(1.0 - bucket.tokens) / refill))
            raise refuse(
                "SubscriptionRequestsThrottled",
                headers={"Retry-After": wait},
                kind=kind,
                subscription=subscription,
                actor=principal,
                seconds=wait,
            )
        left = int(bucket.tokens)
        # Recordings of ordinary subscriptions show the global number at 15 times the size, less the one just taken.
        return {
            f"x-ms-ratelimit-remaining-subscription-{kind}s": str(left),
            f"x-ms-ratelimit-remaining-subscription-global-{kind}s": str(15 * size - (size - left)),
        }
