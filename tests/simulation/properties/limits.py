"""P12 and P13 of requests: none before a Retry-After, none over Azure's budgets (`budgets.py`), and none in a loop."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from aci_emulator.settings import Settings
from aci_emulator.wire import Request, Response

from tests.simulation.properties.budgets import Budgets
from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.pace import Pace

MOST_REQUESTS: Final = 60
"""In a minute, about one group in Azure. The shortest pause of a healthy operator is 1 s."""

WRITES: Final = {"PUT", "DELETE"}
"""What budgets are for."""

ON_ITS_WAY: Final = timedelta(seconds=1)
"""So long after such an answer may a request still leave that was decided on before: it waits for its token."""


class Limits:
    """Counts the requests of each client.

    A Retry-After or a budget holds for a `kind`: writes of one method in a region, or reads of groups and
    usages in a subscription.

    Args:
        azure: How Azure is at first.
    """

    def __init__(self, azure: Settings) -> None:
        self._silent: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._budgets = Budgets(azure)
        self._requests = Pace(MOST_REQUESTS)

    def started(self, client: str) -> None:
        """Take in that a process begins: what Azure told the last one it cannot know."""
        self._silent = {held: until for held, until in self._silent.items() if held[0] != client}

    def answered(self, request: Request, kind: str, answer: Response, now: datetime) -> None:
        """Take in an answer: with Retry-After, nothing of the kind may follow before."""
        after = answer.headers.get("Retry-After")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS and after is not None:
            self._silent[request.principal or "", kind] = (now, now + timedelta(seconds=float(after)))

    def early(self, request: Request, kind: str, now: datetime) -> Iterator[Complaint]:
        """Yield whether a request leaves before it may; one may be on its way as the answer comes that says so."""
        told, until = self._silent.get((request.principal or "", kind), (now, now))
        goes_on = "$skiptoken" in request.url  # the next page of a LIST that Azure has begun to answer
        if told + ON_ITS_WAY <= now < until and not goes_on:
            yield Complaint("P12", f"{request.method} {request.path} before the Retry-After of {until}")

    def many(self, request: Request, kind: str, name: str, now: datetime) -> Iterator[Complaint]:
        """Yield whether a request about a group is one too many."""
        if self._requests.too_fast((request.principal, request.method, name), now):
            yield Complaint("P13", f"{request.method} {name} more than {MOST_REQUESTS} times in a minute")
        if request.method in WRITES:
            yield from self._budgets.sent(request, kind, now)
