"""When a failed replica is replaced: at once, or later and later while its successors do no better."""

from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Heals
from aci_operator.core.service.replicas import available_since, mistaken_since, unplaced

FIRST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(hours=1)
"""Bounds of the pause, which doubles. It spares the budget of creates that all services of a region share."""

LISTED_ANEW: Final = timedelta(seconds=60)
"""A LIST is never older than that, at rest and while reads lag; by an older one the same group would be found again."""

SHORT_LIFE: Final = timedelta(minutes=10)
"""A replica that fails sooner after it became available has relapsed: its successor may not do better either."""


def due(group: ContainerGroup, heals: Heals | None) -> datetime | None:
    """Return from when on a replica is to be replaced; None while it has neither failed nor got lost.

    One that was made for a container group that is not ours waits until every LIST says so.
    """
    if (since := mistaken_since(group)) is not None:
        return since + LISTED_ANEW
    failed_at = group.status.failed_at
    if failed_at is None:
        return None
    failures, relapses = (heals.failures, heals.relapses) if heals is not None else (0, 0)
    if unplaced(group):
        return failed_at
    if never_available(group):
        return failed_at + pause(failures)
    if relapsed(group) and relapses:
        return failed_at + pause(relapses - 1)
    return failed_at


def pause(times: int) -> timedelta:
    """Return the pause after so many failures in a row."""
    doubled: timedelta = FIRST * 2 ** min(times, 16)
    return min(doubled, LONGEST)


def never_available(group: ContainerGroup) -> bool:
    """Tell whether a replica failed before it was ever available."""
    return group.status.failed_at is not None and available_since(group) is None


def relapsed(group: ContainerGroup) -> bool:
    """Tell whether a replica failed soon after it had become available."""
    failed_at, since = group.status.failed_at, available_since(group)
    return failed_at is not None and since is not None and failed_at - since < SHORT_LIFE
