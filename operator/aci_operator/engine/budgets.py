"""The create and delete budgets of ACI, per subscription and region.

Azure allows 100 in 5 minutes and 300 in an hour by default and tells in every answer what is left (aci-facts B8). Where
its answers and our count differ, its answers win: other clients spend too, and some subscriptions have more.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from aci_operator.core.errors import AzureError, Remaining, Throttled
from aci_operator.engine.ports import Key

Kind = Literal["create", "delete"]

FIRST_ALONE: Final = timedelta(seconds=0.5)
"""How long to wait between two looks at whether the first request has been answered."""

UNTOLD_PAUSE: Final = timedelta(seconds=30)
"""How long nothing is sent after a refusal by which Azure asked for less, but did not say for how long."""

LONGEST_WAIT: Final = timedelta(seconds=30)
"""After which one of the first IN_FRONT asks again at the latest: the limit may have risen, others may have left.

Those behind them wait as many times as long as there are IN_FRONT before them, or thousands would ask all the time.
"""

IN_FRONT: Final = 300

PATIENCE: Final = timedelta(seconds=60)
"""How long a place is kept beyond twice the time that one was asked to wait."""

_SWEPT_EVERY: Final = timedelta(seconds=5)


@dataclass
class Window:
    """A sliding window: at most `limit` requests in any `span`."""

    limit: int
    span: timedelta
    spent: deque[datetime] = field(default_factory=deque)

    def free(self, now: datetime) -> int:
        """Return how many requests can be sent now."""
        while self.spent and self.spent[0] <= now - self.span:
            self.spent.popleft()
        return self.limit - len(self.spent)

    def opens(self, position: int, now: datetime) -> datetime:
        """Return when the request at a position (0 is next) of the line can be sent."""
        missing = position + 1 - self.free(now)
        if missing <= 0:
            return now
        if not self.spent:
            return now + self.span  # at the earliest; whoever asks again then learns more
        return self.spent[min(missing, len(self.spent)) - 1] + self.span

    def learn(self, remaining: int | None, now: datetime) -> None:
        """Take over what Azure said is left after a request.

        More than our whole limit means that the subscription's limit is higher. Less than we count means that others
        spend too, or that we spent before a restart; when is not known, so it counts from now.
        """
        if remaining is None:
            return
        if remaining >= self.limit:
            self.limit = remaining + 1
        else:
            self.spent.extend([now] * (self.free(now) - remaining))


class Budget:
    """One budget, and the line of those who wait for it."""

    def __init__(self) -> None:
        self._five_minutes = Window(100, timedelta(minutes=5))
        self._hour = Window(300, timedelta(hours=1))
        self._line: dict[Key, datetime] = {}  # in their order, with the moment up to which the place is kept
        self._taken: dict[Key, datetime] = {}
        self._swept_at: datetime | None = None
        self._blocked_until: datetime | None = None
        self._answered = False
        self._in_flight = 0

    def take(self, key: Key, now: datetime) -> datetime | None:
        """Take one request for `key`. Returns None when it may be sent now, else when to ask again.

        Whoever does not ask again loses the place: nobody else tells that a group is wanted no more.
        """
        self._sweep(now)
        position = list(self._line).index(key) if key in self._line else len(self._line)
        at = max(window.opens(position, now) for window in (self._five_minutes, self._hour))
        if self._blocked_until is not None:
            at = max(at, self._blocked_until)
        if at <= now and not self._answered and self._in_flight:
            at = now + FIRST_ALONE
        if at > now:
            wait = min(at - now, LONGEST_WAIT * (1 + position // IN_FRONT))
            self._line[key] = now + 2 * wait + PATIENCE
            return now + wait
        self._line.pop(key, None)
        self._in_flight += 1
        self._taken[key] = now
        for window in (self._five_minutes, self._hour):
            window.spent.append(now)
        return None

    def unused(self, key: Key) -> None:
        """Give back what `key` has taken: it was not sent."""
        taken = self._taken.pop(key, None)
        if taken is None:
            return
        self._in_flight -= 1
        for window in (self._five_minutes, self._hour):
            with suppress(ValueError):  # it was so long ago that it counts no more
                window.spent.remove(taken)

    def answered(self, remaining: Remaining, now: datetime) -> None:
        """Learn from an answer; an answer that says nothing of the budget still ends the wait of the others."""
        self._answered = True
        self._in_flight -= 1
        self._five_minutes.learn(remaining.five_minutes, now)
        self._hour.learn(remaining.hour, now)

    def refused(self, error: AzureError, now: datetime) -> None:
        """Learn from a refusal; a throttled request holds all others back for as long as Azure asked, or for a while.

        A throttled request counts in Azure, too: those that are sent all the same keep the budget used up.
        """
        self.answered(error.remaining, now)
        if isinstance(error, Throttled):
            pause = UNTOLD_PAUSE if error.retry_after is None else timedelta(seconds=error.retry_after)
            self.block(now + pause)

    def block(self, until: datetime) -> None:
        """Send nothing before a moment: Azure asked for that. A shorter time does not shorten a longer one."""
        self._blocked_until = until if self._blocked_until is None else max(until, self._blocked_until)

    def leave(self, key: Key) -> None:
        """Take a key out of the line."""
        self._line.pop(key, None)

    def _sweep(self, now: datetime) -> None:
        if self._swept_at is not None and self._swept_at <= now < self._swept_at + _SWEPT_EVERY:
            return
        self._swept_at = now
        self._line = {key: kept_until for key, kept_until in self._line.items() if kept_until > now}
        self._taken = {key: taken for key, taken in self._taken.items() if taken > now - self._hour.span}


class Budgets:
    """All budgets."""

    def __init__(self) -> None:
        self._budgets: dict[tuple[Kind, str, str], Budget] = {}

    def of(self, kind: Kind, subscription_id: str, location: str) -> Budget:
        """Return the budget for creates or deletes of a subscription in a region."""
        return self._budgets.setdefault((kind, subscription_id.lower(), location.lower()), Budget())

    def leave(self, key: Key) -> None:
        """Take a key out of every line."""
        for budget in self._budgets.values():
            budget.leave(key)
