"""What was spent of the budgets, as text: it is kept in the Lease, so that the next process goes on counting.

Azure may hide what is left, and a process that began from nothing would overspend. Requests of half a minute are
counted together, as of its end.

All annotations of an object have 262,144 bytes. Beyond that each renewal is refused, and the Lease runs out. So where
much was spent in many places, more of them are counted together, and at last some places are told by one moment: as if
all of their budget had been spent then. Whatever is told less exactly counts as spent later, or as more, never as less.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Final, cast

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import find
from aci_operator.engine.budgets.allowance import IN_AN_HOUR, IN_FIVE_MINUTES, MOST_BELIEVED

log = logging.getLogger(__name__)

TOGETHER: Final = 30
"""Seconds."""

STEPS: Final = (TOGETHER, 300, 3600)
"""Seconds, from the step that is wanted to the longest."""

LONGEST: Final = 100_000
"""Bytes of the text."""

LONGEST_WRITE: Final = timedelta(seconds=21)
"""After `status.requestedAt`, which has whole seconds, a PUT has ended by then."""

BEFORE: Final = timedelta(seconds=60)
"""An object that is ending since so long before the ledger was written may have been sent after that."""

LAST: Final = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""The last second that is believed: some time can be added to it, and it is still a moment."""

Place = tuple[str, str, str]
"""Kind of request, subscription and region."""

_Second = Annotated[int, Field(ge=0, le=LAST)]
_Moment = Annotated[float, Field(ge=0, le=LAST)]
_Limit = Annotated[int, Field(ge=1)]
_Counts = dict[_Second, Annotated[int, Field(ge=0)]]
_PlaceName = Annotated[str, StringConstraints(pattern=r"^(create|delete)/[^/]+/[^/]+$")]

SENSELESS: Final = "what the Lease says was spent of %s makes no sense, only what objects tell counts: %s"


class Account(BaseModel):
    """One budget.

    Attributes:
        limits: Of its windows, as far as they are known.
        spent: How many requests, by the second since 1970 as of which they count.
        retries: How many of them were retries.
        until: The second since 1970 before which Azure wants to see nothing.
    """

    limits: tuple[_Limit, _Limit]
    spent: _Counts = {}
    retries: _Counts = {}
    until: _Moment | None = None


def beginning(untold: datetime | None) -> Account:
    """Return what is known of a budget without an account: nothing was spent, or all, in the moment for the untold."""
    limits = IN_FIVE_MINUTES, IN_AN_HOUR
    spent = {} if untold is None else {int(untold.timestamp()) + 1: IN_AN_HOUR}
    return Account(limits=limits, spent=spent, retries=spent)


def _sensible(accounts: object, validated: ValidatorFunctionWrapHandler) -> dict[str, Account]:
    """Return those that make sense: the others must not cost what is known of these."""
    try:
        return cast("dict[str, Account]", validated(accounts))
    except ValidationError as error:
        if not isinstance(accounts, dict):
            raise
        senseless = {wrong["loc"][0] for wrong in error.errors()}
        log.warning(SENSELESS, f"{len(senseless)} budgets", error.errors()[0]["msg"])
        rest = {name: it for name, it in accounts.items() if name not in senseless}
        return cast("dict[str, Account]", validated(rest))


class Ledger(BaseModel):
    """All budgets, by their places, whose parts are joined with slashes.

    Attributes:
        at: The second since 1970 at which it was written.
        untold: The second since 1970 at which all was spent of the budgets without an account; None if they have none
            since nothing was.
    """

    at: _Moment
    accounts: Annotated[dict[_PlaceName, Account], WrapValidator(_sensible)] = {}
    untold: _Moment | None = None

    def account(self, place: Place) -> Account | None:
        """Return the account of one budget."""
        return self.accounts.get("/".join(place))

    def text(self) -> str:
        """Return it as it is kept."""
        return self.model_dump_json(exclude_none=True)

    def fits(self) -> bool:
        """Tell whether it is not too long to be kept."""
        return len(self.text().encode()) <= LONGEST

    def cut(self) -> "Ledger":
        """Return it with as many accounts as it can have."""
        kept: dict[str, Account] = {}
        room = LONGEST - len(Ledger(at=self.at, untold=self.at).text())
        for name, account in self.accounts.items():
            room -= len(f'"{name}":{account.model_dump_json(exclude_none=True)},'.encode())
            if room < 0:
                break
            kept[name] = account
        return Ledger(at=self.at, accounts=kept, untold=self.at)

    def places(self) -> Iterator[Place]:
        """Yield the places that have an account."""
        for name in self.accounts:
            kind, subscription, location = name.split("/")
            yield kind, subscription, location


def moment(second: float) -> datetime:
    """Return a moment from seconds since 1970."""
    return datetime.fromtimestamp(second, UTC)


def together(moments: Iterable[datetime], step: int) -> dict[int, int]:
    """Count moments in steps of some seconds, each as of the end of its step."""
    return dict(Counter((int(at.timestamp()) // step + 1) * step for at in moments))


def apart(counts: Mapping[int, int], now: datetime) -> list[datetime]:
    """Return the moments of what was counted `together`, no more than are believed; none of them is yet to come."""
    moments = (min(moment(second), now) for second, count in counts.items() for _ in range(count))
    return list(islice(moments, MOST_BELIEVED))


def parsed(kept: str | None) -> Ledger | None:
    """Return what was kept; None when there is nothing, or nothing that this version can read and make sense of."""
    try:
        return Ledger.model_validate_json(kept) if kept else None
    except ValidationError as error:
        log.warning(SENSELESS, "the budgets", error.errors()[0]["msg"])
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
