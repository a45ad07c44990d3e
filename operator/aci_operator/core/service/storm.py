"""How many replicas may be replaced by heals at once, over all services.

When a region fails, groups that would recover look like groups that have failed. So the operator ends at most a share
of the fleet before it sees successors that serve. It is for those that had been available and are still there: one that
is gone from Azure is replaced all the same, and one that never was available is for the back-off.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Heals
from aci_operator.core.service.replicas import available, available_since

LEAST: Final = 5
SHARE: Final = 5
"""One in this many of the fleet may be in replacement at once; never fewer than LEAST."""

PATIENCE: Final = timedelta(minutes=15)
"""How long a replacement that has not come up counts: a service that cannot start must not stop the heals of others.

As long counts a failed replica that is there until its successor serves.
"""

LOOK: Final = 10.0
"""Seconds between two looks of a service that waits for the limit."""


def limit(fleet: int) -> int:
    """Return how many may be in replacement at once, of a fleet of so many groups."""
    return max(LEAST, fleet // SHARE)


def guarded(group: ContainerGroup) -> bool:
    """Tell whether the limit is for this failed replica: it served, and may yet recover."""
    return group.status.state is State.FAILED and available_since(group) is not None


def lapses(ailing: Iterable[ContainerGroup]) -> list[datetime]:
    """Return when each of these, which are there until their successors serve, is in replacement no more."""
    return [group.status.failed_at + PATIENCE for group in ailing if group.status.failed_at is not None]


def outstanding(heals: Heals, groups: Iterable[ContainerGroup], wanted: int, now: datetime) -> int:
    """Return how many replaced replicas of a service are not made up for, by its present replicas."""
    if now >= heals.replaced_at + PATIENCE:
        return 0
    present = list(groups)
    missing = wanted - sum(map(available, present)) - sum(map(guarded, present))
    return min(heals.replacing, max(missing, 0))
