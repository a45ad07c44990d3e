"""How much Azure lets one do: create and delete budgets, ARM's token buckets, quotas."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.model import Group
from aci_emulator.settings import Settings

ACTIONS = {"create": "ContainerGroupCreation", "delete": "ContainerGroupDeletion"}
"""The action word of the 429's text; that of deletes is an analogy."""


@dataclass
class Budgets:
    """Creates and deletes of the last hour, counted apart, for each (subscription, location); sliding windows."""

    used: dict[tuple[str, str, str], deque[datetime]] = field(default_factory=dict)

    def spend(self, kind: str, subscription: str, location: str, settings: Settings, now: datetime) -> dict[str, str]:
        """Take one request from both windows and give the headers of its answer.

        Raises:
            Refusal: 429 ResourceRequestsThrottled; nothing is taken.
        """
        used = self._used(kind, subscription, location, settings, now)
        if settings.budget_throttle:
            for limit, seconds, text in ((settings.budget_5m, 300, "00:05:00"), (settings.budget_1h, 3600, "01:00:00")):
                window = timedelta(seconds=settings.scaled(seconds))
                recent = [at for at in used if at > now - window]
                if len(recent) >= limit:
                    wait = (recent[len(recent) - limit] + window - now) if limit else window
                    left = self.headers(kind, subscription, location, settings, now)
                    if settings.budget_retry_after:
                        left["Retry-After"] = whole_seconds(wait)
                    minutes = f"{wait.total_seconds() / 60:.2f}".rstrip("0").rstrip(".")
                    raise refuse(
                        "ResourceRequestsThrottled",
                        headers=left,
                        action=ACTIONS[kind],
                        limit=limit,
                        interval=text,
                        minutes=minutes,
                    )
        used.append(now)
        return self.headers(kind, subscription, location, settings, now)

    def give_back(self, kind: str, subscription: str, location: str) -> None:
        """Undo the last `spend`: the request does not count after all."""
        self.used[kind, subscription, location].pop()

    def restore(self, kind: str, subscription: str, location: str, times: Iterable[datetime]) -> None:
        """Take over what was used before a restart."""
        self.used[kind, subscription, location] = deque(times)

    def headers(self, kind: str, subscription: str, location: str, settings: Settings, now: datetime) -> dict[str, str]:
        """What is left (recorded: -pt5m 99 and -pt1h 299 after the first)."""
        if not settings.budget_headers:
            return {}
        used = self._used(kind, subscription, location, settings, now)
        short = now - timedelta(seconds=settings.scaled(300))
        name = "x-ms-ratelimit-remaining-subscription-resource-requests"
        return {
            f"{name}-pt5m": str(max(0, settings.budget_5m - sum(at > short for at in used))),
            f"{name}-pt1h": str(max(0, settings.budget_1h - len(used))),
        }

    def _used(self, kind: str, subscription: str, location: str, settings: Settings, now: datetime) -> deque[datetime]:
        used = self.used.setdefault((kind, subscription, location), deque())
        while used and used[0] <= now - timedelta(seconds=settings.scaled(3600)):
            used.popleft()
        return used


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


@dataclass
class Usage:
    """What exists in a subscription and region; a dead group counts as well."""

    groups: int = 0
    cores: float = 0.0
    spot_cores: float = 0.0

    def add(self, group: Group, sign: int = 1) -> None:
        """Count a group in, or out with a sign of -1."""
        self.groups += sign
        # Rounded, since a sum of many 0.1 that come and go would drift away from what exists.
        if group.spot:
            self.spot_cores = round(self.spot_cores + sign * group.cores, 6)
        else:
            self.cores = round(self.cores + sign * group.cores, 6)


def check_quota(new: Group, present: Group | None, usage: Usage, settings: Settings) -> None:
    """Whether a group still fits, in the place of `present` if there is one.

    Raises:
        Refusal: 400 ContainerGroupQuotaReached.
    """
    others = replace(usage)
    if present is not None:
        others.add(present, -1)
    quota, limit, used = "StandardCores", settings.core_quota, others.cores
    if new.spot:
        quota, limit, used = "StandardSpotCores", settings.spot_core_quota, others.spot_cores
    for name, allowed, taken, requested in (
        ("ContainerGroups", float(settings.group_quota), float(others.groups), 1.0),
        (quota, limit, used, new.cores),
    ):
        if taken + requested > allowed + 1e-6:
            raise refuse(
                "ContainerGroupQuotaReached",
                quota=name,
                location=new.region,
                limit=f"{allowed:g}",
                usage=f"{taken:g}",
                requested=f"{requested:g}",
            )


def whole_seconds(wait: timedelta) -> str:
    """A Retry-After value: rounded up, at least 1."""
    return str(max(1, -int(-wait.total_seconds() // 1)))
