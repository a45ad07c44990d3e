"""P12: no more creates and deletes than Azure allows in a region, of all operators of a cluster together."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from aci_emulator.settings import Settings
from aci_emulator.wire import Request

from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.pace import Pace

DOCUMENTED: Final = ((100, timedelta(minutes=5), "5 minutes"), (300, timedelta(hours=1), "an hour"))
"""What Azure allows of creates, and of deletes, in each region."""


class Budgets:
    """Counts what is sent, as Azure does: for all that use a subscription, since who leads next knows what was spent.

    A limit that is higher than documented can be known by the headers. One that is lower shows there only by and by,
    and to no process that has just begun.

    Args:
        azure: How Azure is at first.
    """

    def __init__(self, azure: Settings) -> None:
        told = (azure.budget_5m, azure.budget_1h) if azure.budget_headers else (0, 0)
        limits = [max(documented, limit) for (documented, _, _), limit in zip(DOCUMENTED, told, strict=True)]
        self._paces = [
            (Pace(limit, span), f"more than {limit} in {words}")
            for limit, (_, span, words) in zip(limits, DOCUMENTED, strict=True)
        ]

    def sent(self, request: Request, kind: str, now: datetime) -> Iterator[Complaint]:
        """Yield whether a create or delete that leaves is one too many."""
        for pace, words in self._paces:
            if pace.too_fast(kind.lower(), now):
                yield Complaint("P12", f"{words}: {request.method}")
