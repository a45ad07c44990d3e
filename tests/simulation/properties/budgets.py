"""P12: no more creates and deletes than Azure allows in a region, and none that it has just said it has no room for."""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aci_emulator.limits.budgets import HEADER
from aci_emulator.settings import Settings
from aci_emulator.wire import Request, Response

from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.pace import Pace

EDGE: Final = timedelta(seconds=5)
"""So much sooner one's own requests may be taken for forgotten: what is left is told a while after they were sent."""

FIVE_MINUTES, HOUR = timedelta(minutes=5), timedelta(hours=1)
DOCUMENTED: Final = (("pt5m", FIVE_MINUTES, 100, "5 minutes"), ("pt1h", HOUR, 300, "an hour"))
"""The windows of creates, and of deletes, in each region: how a header calls them, their limits, and in words."""


class _Told(NamedTuple):
    """What an answer said is left."""

    at: datetime
    left: int


class Budgets:
    """Counts what all operators of a cluster send together, as Azure does, and what each sends after it was told.

    Azure says what is left, and never what its limit is: so one that is lower than documented is held to only as far as
    an answer tells, and until what it said is out of date.

    Args:
        azure: How Azure is at first: of a limit that is higher its headers tell.
    """

    def __init__(self, azure: Settings) -> None:
        higher = (azure.budget_5m, azure.budget_1h) if azure.budget_headers else (0, 0)
        self._paces = [
            (Pace(max(most, more), span), f"more than {max(most, more)} in {words}")
            for (_, span, most, words), more in zip(DOCUMENTED, higher, strict=True)
        ]
        self._told: dict[tuple[str, str, str], _Told] = {}
        self._sent: dict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def started(self, client: str) -> None:
        """Take in that a process begins: what Azure told the last one it cannot know."""
        self._told = {told: left for told, left in self._told.items() if told[0] != client}

    def answered(self, request: Request, kind: str, answer: Response, now: datetime) -> None:
        """Take in what an answer says is left."""
        for suffix, *_ in DOCUMENTED:
            left = answer.headers.get(f"{HEADER}-{suffix}")
            if left is not None:
                self._told[request.principal or "", kind.lower(), suffix] = _Told(now, int(left))

    def spent(self, request: Request, kind: str, now: datetime) -> Iterator[Complaint]:
        """Yield whether a create or delete is one too many."""
        client, kind = request.principal or "", kind.lower()
        for pace, words in self._paces:
            if pace.too_fast(kind, now):
                yield Complaint("P12", f"{words}: {request.method}")
        sent = self._sent[client, kind]
        while sent and sent[0] <= now - 2 * HOUR:
            sent.popleft()
        sent.append(now)
        for suffix, span, _, words in DOCUMENTED:
            told = self._told.get((client, kind, suffix))
            if told is None or now >= told.at + span - EDGE:
                continue
            since = sum(1 for at in sent if at > told.at)
            forgotten = sum(1 for at in sent if told.at - span < at <= min(told.at, now - span + EDGE))
            if since > told.left + forgotten:
                yield Complaint("P12", f"{request.method} as one of {since} since {told.left} were left of {words}")
