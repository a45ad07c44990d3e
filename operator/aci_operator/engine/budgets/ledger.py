"""What was spent of the budgets, as text: it is kept in the Lease, so that the next process goes on counting.

Azure may hide what is left, and a process that began from nothing would overspend. Requests of half a minute are
counted together, as of its end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import BaseModel, ValidationError

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import find

TOGETHER: Final = 30
"""Seconds."""

LONGEST_WRITE: Final = timedelta(seconds=21)
"""After `status.requestedAt`, which has whole seconds, a PUT has ended by then."""

BEFORE: Final = timedelta(seconds=60)
"""An object that is ending since so long before the ledger was written may have been sent after that."""

Place = tuple[str, str, str]
"""Kind of request, subscription and region."""


class Account(BaseModel):
    """One budget.

    Attributes:
        limits: Of its windows, as far as they are known.
        spent: How many requests, by the second since 1970 as of which they count.
        until: The second since 1970 before which Azure wants to see nothing.
    """

    limits: tuple[int, int]
    spent: dict[int, int] = {}
    until: float | None = None

    def moments(self) -> Iterator[datetime]:
        """Yield when each request was spent."""
        for second, count in self.spent.items():
            yield from [moment(second)] * count


class Ledger(BaseModel):
    """All budgets, by their places, whose parts are joined with slashes.

    Attributes:
        at: The second since 1970 at which it was written.
    """

    at: float
    accounts: dict[str, Account] = {}

    def account(self, place: Place) -> Account | None:
        """Return the account of one budget."""
        return self.accounts.get("/".join(place))

    def places(self) -> Iterator[Place]:
        """Yield the places that have an account."""
        for name in self.accounts:
            kind, subscription, location = name.split("/")
            yield kind, subscription, location


def moment(second: float) -> datetime:
    """Return a moment from seconds since 1970."""
    return datetime.fromtimestamp(second, UTC)


def together(moments: Iterable[datetime]) -> dict[int, int]:
    """Count moments in steps of TOGETHER, each as of the end of its step."""
    return dict(Counter((int(at.timestamp()) // TOGETHER + 1) * TOGETHER for at in moments))


def parsed(kept: str | None) -> Ledger | None:
    """Return what was kept; None when there is nothing, or nothing that this version can read."""
    try:
        return Ledger.model_validate_json(kept) if kept else None
    except ValidationError:
        return None


def sent_since(ledger: Ledger, groups: Iterable[ContainerGroup], now: datetime) -> Iterator[tuple[Place, datetime]]:
    """Yield the requests that may have been sent after the ledger was written, and as of when they count."""
    written = moment(ledger.at)
    for group in groups:
        asked, ends = group.status.requested_at, group.metadata.deletion_timestamp
        place = group.spec.subscription_id.lower(), group.spec.location.lower()
        if asked is not None and asked + LONGEST_WRITE > written:
            yield ("create", *place), min(asked + LONGEST_WRITE, now)
        if ends is not None and ends > written - BEFORE and not _waits(group):
            yield ("delete", *place), now


def _waits(group: ContainerGroup) -> bool:
    ready = find(group.status.conditions, ConditionType.READY)
    return ready is not None and ready.reason == Reason.WAITING_FOR_BUDGET
