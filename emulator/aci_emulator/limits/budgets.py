"""Create and delete budgets of the provider."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from aci_emulator.errors import refuse
from aci_emulator.limits.waits import whole_seconds
from aci_emulator.settings import Settings

Kind = Literal["create", "delete"]

ACTIONS: dict[Kind, str] = {"create": "ContainerGroupCreation", "delete": "ContainerGroupDeletion"}
"""The action word of the 429's text; that of deletes is an analogy."""

HEADER = "x-ms-ratelimit-remaining-subscription-resource-requests"


@dataclass(frozen=True)
class Window:
    """A length of time with a limit: `seconds` of Azure's time, and how the text and the header call it."""

    seconds: int
    text: str
    suffix: str


SHORT, LONG = Window(300, "00:05:00", "pt5m"), Window(3600, "01:00:00", "pt1h")


@dataclass(frozen=True)
class Fixed:
    """A window that began with the first request after the last one ended, and how many it has seen."""

    began: datetime
    spent: int = 0


@dataclass
class Account:
    """What was spent on one kind of request in one subscription and region.

    Attributes:
        times: of the last hour, for windows that slide.
        fixed: windows that begin anew, by their length in seconds of Azure's time.
    """

    kind: Kind
    times: deque[datetime] = field(default_factory=deque)
    fixed: dict[int, Fixed] = field(default_factory=dict)

    def check(self, settings: Settings, now: datetime) -> None:
        """Let a request pass that both windows have room for; `spend` counts it.

        Raises:
            Refusal: 429, with what is left and, if the variant says so, Retry-After.
        """
        for window, limit in _limits(settings):
            if settings.budget_throttle and self._spent(window, settings, now) >= limit:
                wait = self._wait(window, limit, settings, now)
                headers = self.headers(settings, now)
                if settings.variants.throttle_retry_after == "sent":
                    headers["Retry-After"] = whole_seconds(wait)
                raise refuse(
                    settings.variants.throttle_code,
                    headers=headers,
                    action=ACTIONS[self.kind],
                    limit=limit,
                    interval=window.text,
                    minutes=f"{wait.total_seconds() / 60:.2f}".rstrip("0").rstrip("."),
                )

    def spend(self, settings: Settings, now: datetime) -> None:
        """Take one request from both windows, in either way of counting: the variant may change while it runs."""
        while self.times and self.times[0] <= now - _length(LONG, settings):
            self.times.popleft()
        self.times.append(now)
        for window in (SHORT, LONG):
            running = self._running(window, settings, now) or Fixed(now)
            self.fixed[window.seconds] = Fixed(running.began, running.spent + 1)

    def headers(self, settings: Settings, now: datetime) -> dict[str, str]:
        """What is left (recorded: -pt5m 99 and -pt1h 299 after the first)."""
        if not settings.budget_headers:
            return {}
        return {
            f"{HEADER}-{window.suffix}": str(max(0, limit - self._spent(window, settings, now)))
            for window, limit in _limits(settings)
        }

    def _spent(self, window: Window, settings: Settings, now: datetime) -> int:
        if settings.variants.budget_window == "fixed":
            running = self._running(window, settings, now)
            return running.spent if running is not None else 0
        since = now - _length(window, settings)
        return sum(at > since for at in self.times)

    def _wait(self, window: Window, limit: int, settings: Settings, now: datetime) -> timedelta:
        length = _length(window, settings)
        if settings.variants.budget_window == "fixed":
            running = self._running(window, settings, now)
            return running.began + length - now if running is not None else length
        recent = [at for at in self.times if at > now - length]
        return recent[len(recent) - limit] + length - now if limit else length

    def _running(self, window: Window, settings: Settings, now: datetime) -> Fixed | None:
        last = self.fixed.get(window.seconds)
        return last if last is not None and now < last.began + _length(window, settings) else None


@dataclass
class Budgets:
    """The accounts by kind, subscription and location."""

    accounts: dict[tuple[Kind, str, str], Account] = field(default_factory=dict)

    def of(self, kind: Kind, subscription: str, location: str) -> Account:
        """The account of a subscription (in any case) and a location in its normal form."""
        return self.accounts.setdefault((kind, subscription.lower(), location), Account(kind))


def _limits(settings: Settings) -> tuple[tuple[Window, int], ...]:
    return (SHORT, settings.budget_5m), (LONG, settings.budget_1h)


def _length(window: Window, settings: Settings) -> timedelta:
    return timedelta(seconds=settings.scaled(window.seconds))
