"""Create and delete budgets of the provider."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aci_emulator.errors import refuse
from aci_emulator.limits.waits import whole_seconds
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
                    if settings.variants.throttle_retry_after == "sent":
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
