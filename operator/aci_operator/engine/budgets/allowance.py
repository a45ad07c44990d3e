"""What a subscription may send in a region, and how that is shared: each share is held to some of the windows."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aci_operator.core.errors import Remaining
from aci_operator.core.service.share import Share
from aci_operator.engine.budgets.window import Window

FIVE_MINUTES: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)

WINDOWS: Final = ("5m", "1h")

IN_FIVE_MINUTES: Final = 100
IN_AN_HOUR: Final = 300
"""Azure's limits until it tells others (documented)."""

MOST_BELIEVED: Final = 10_000
"""A hundred times the lower of the two. A subscription without a limit may tell a huge number, and that would cost
memory: each request that counts is remembered. No limit is taken for higher than this.
"""

KEPT_FOR_HEALS: Final = 10
MOST_FOR_RETRIES: Final = 20
"""Percentages of the limits."""


class Allowance:
    """The windows of one budget.

    Heals are held to Azure's limits. Growth, and retries with it, are held to what is left when some of each window is
    kept for heals; retries to a part of the hour as well. Azure's own windows hold all of them together.

    Args:
        shared: Whether it is shared so; deletes are not.
    """

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._all = Window(IN_FIVE_MINUTES, FIVE_MINUTES), Window(IN_AN_HOUR, HOUR)
        self._growth = Window(0, FIVE_MINUTES), Window(0, HOUR)
        self._retries = Window(0, HOUR)
        retries = (*self._all, *self._growth, self._retries)
        self._windows: Mapping[Share, tuple[Window, ...]] = {
            Share.HEAL: self._all,
            Share.GROWTH: (*self._all, *self._growth),
            Share.RETRY: retries,
        }

    def left(self, now: datetime) -> Mapping[str, int]:
        """Return what is left of each of Azure's windows, by its name; nothing when others have overdrawn it."""
        return {name: max(window.free(now), 0) for name, window in zip(WINDOWS, self._all, strict=True)}

    def open(self, share: Share, now: datetime) -> bool:
        """Tell whether a request of a share could be sent now if no others were ahead of it."""
        self._share_out(now)
        return all(window.free(now) > 0 for window in self._windows[share])

    def holds_retries(self, now: datetime) -> bool:
        """Tell whether their own window holds retries back, whatever the others do."""
        self._share_out(now)
        return self._retries.free(now) <= 0

    def opens(self, share: Share, ahead: Mapping[Share, int], now: datetime) -> datetime:
        """Return when a request of a share can be sent that has others of all shares ahead of it.

        Retries that their own window holds back are in nobody's way but that of other retries.
        """
        self._share_out(now)
        retries = ahead[Share.RETRY]
        if share is not Share.RETRY:
            retries = min(retries, max(self._retries.free(now), 0))
        growth = ahead[Share.GROWTH] + retries
        waits = [(window, ahead[Share.HEAL] + growth) for window in self._all]
        if share is not Share.HEAL:
            waits += [(window, growth) for window in self._growth]
        if share is Share.RETRY:
            waits.append((self._retries, retries))
        return max(window.opens(others, now) for window, others in waits)

    def begin(self, share: Share) -> None:
        """Count a request that is about to be sent."""
        for window in self._windows[share]:
            window.begin()

    def undo(self, share: Share) -> None:
        """Take back one that was not sent."""
        for window in self._windows[share]:
            window.undo()

    def end(self, share: Share, now: datetime) -> None:
        """Count a request that was sent as spent."""
        for window in self._windows[share]:
            window.end(now)

    def limits(self) -> tuple[int, int]:
        """Return Azure's limits as they are known."""
        minutes, hour = self._all
        return minutes.limit, hour.limit

    def spent(self, now: datetime) -> tuple[list[datetime], list[datetime]]:
        """Return when what counts at a moment was spent, and when the retries among it."""
        return self._all[1].spent(now), self._retries.spent(now)

    def recall(self, limits: tuple[int, int], spent: Sequence[datetime], retries: Sequence[datetime]) -> None:
        """Begin with what a process before this one knew and spent; what it kept for heals is not known."""
        for window, limit in zip(self._all, limits, strict=True):
            window.limit = min(limit, MOST_BELIEVED)
        for window in (*self._all, *self._growth):
            window.recall(spent)
        self._retries.recall(retries)

    def learn(self, remaining: Remaining, now: datetime) -> None:
        """Take over what Azure said is left after a request.

        More than our whole limit means that the subscription's limit is higher. Less than we count means that others
        spend too, that we spent before a restart, or that the limit is lower: that leaves less, of which a part is kept
        for heals. It counts for as long as answers confirm it, and a window longer.
        """
        told = remaining.five_minutes, remaining.hour
        for window, growth, left in zip(self._all, self._growth, told, strict=True):
            if left is None:
                continue
            if left >= window.limit:
                window.limit = min(left + 1, MOST_BELIEVED)
                continue
            more, still = max(window.free(now) - left, 0), window.still_elsewhere(left, now)
            for each in (window, growth):
                each.renew_elsewhere(still, now)
                each.spent_elsewhere(more, now)

    def _share_out(self, now: datetime) -> None:
        """Share out what others leave of each window."""
        ours = [window.limit - window.elsewhere(now) for window in self._all]
        for window, growth, left in zip(self._all, self._growth, ours, strict=True):
            kept = max(min(math.ceil(left * KEPT_FOR_HEALS / 100), left - 1), 0)  # never the last one
            growth.limit = window.limit - (kept if self._shared else 0)
        self._retries.limit = max(ours[1] * MOST_FOR_RETRIES // 100, 1) if self._shared else self._all[1].limit
