"""P12: no more creates and deletes than Azure allows in a region, of all operators of a cluster together."""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from aci_emulator.limits.budgets import HEADER
from aci_emulator.settings import Settings
from aci_emulator.wire import Request, Response

from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.pace import Pace

EDGE: Final = timedelta(seconds=5)
"""By so much less than a window is looked at: what others have spent counts for an operator from the first answer that
tells of it, so the next window may begin for it a moment sooner than that of what it sent just after.
"""

FIVE_MINUTES, HOUR = timedelta(minutes=5), timedelta(hours=1)
DOCUMENTED: Final = ((100, FIVE_MINUTES, "5 minutes"), (300, HOUR, "an hour"))
"""What Azure allows of creates, and of deletes, in each region."""


class Budgets:
    """Counts what is sent, as Azure does: for all that use a subscription, since who leads next knows what was spent.

    A limit that is lower than documented can be known by the headers alone, and what is refused for another reason may
    spend nothing of it. So a refusal is wrong where operators had used it up themselves, by what Azure has answered
    with headers to the process that leads. Where windows begin anew at fixed times, headers allow more than that in any
    five minutes.

    Args:
        azure: How Azure is at first.
    """

    def __init__(self, azure: Settings) -> None:
        slides = azure.variants.budget_window == "sliding"
        limits = (azure.budget_5m, azure.budget_1h) if azure.budget_headers else (0, 0)
        both = list(zip(DOCUMENTED, limits, strict=True))
        self._sent = [_Budget(max(most, limit), span, words) for (most, span, words), limit in both]
        lower = [(limit, span, words) for (most, span, words), limit in both if slides and 0 < limit < most]
        self._told = [_Told(limit, span - EDGE, words) for limit, span, words in lower]

    def started(self) -> None:
        """Take in that a process begins: the Lease has what was sent, and not what Azure told of its limits."""
        for budget in self._told:
            budget.forget()

    def sent(self, request: Request, kind: str, now: datetime) -> Iterator[Complaint]:
        """Yield whether a create or delete that leaves is one too many."""
        for budget in self._sent:
            yield from budget.spend(request, kind, now)

    def answered(self, request: Request, kind: str, answer: Response, now: datetime) -> Iterator[Complaint]:
        """Yield whether one that Azure refuses was one too many by what its answers told before."""
        if any(name.startswith(HEADER) for name in answer.headers):
            for budget in self._told:
                yield from budget.answered(request, kind.lower(), answer, now)


class _Budget:
    def __init__(self, limit: int, span: timedelta, words: str) -> None:
        self._pace = Pace(limit, span)
        self._words = f"more than {limit} in {words}"

    def spend(self, request: Request, kind: str, now: datetime) -> Iterator[Complaint]:
        if self._pace.too_fast(kind.lower(), now):
            yield Complaint("P12", f"{self._words}: {request.method}")


class _Told:
    def __init__(self, limit: int, span: timedelta, words: str) -> None:
        self._limit = limit
        self._span = span
        self._words = f"refused after {limit} in {words}"
        self._done: dict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=limit))
        self._unsure: dict[str, datetime] = {}
        self._leads: str | None = None

    def forget(self) -> None:
        self._done.clear()

    def answered(self, request: Request, kind: str, answer: Response, now: datetime) -> Iterator[Complaint]:
        if request.principal != self._leads:
            self._leads = request.principal
            self.forget()
        done = self._done[kind]
        used_up = len(done) == self._limit and now - done[0] < self._span
        sure = kind not in self._unsure or now - self._unsure[kind] > 2 * self._span
        if answer.status < HTTPStatus.BAD_REQUEST:
            done.append(now)
        elif answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._unsure[kind] = now  # whether it has spent anything is not told, and shows a window later
        elif used_up and sure:
            yield Complaint("P12", f"{self._words}: {request.method}")
