"""The replicas of a service, sorted into the sets that the policies speak of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.core.conditions import find, is_available, is_true
from aci_operator.core.shortage import LASTS

_MAY_RECOVER: Final = {Reason.CRASH_LOOPING, Reason.NO_IP, Reason.STUCK}
"""Why a replica has failed by our judgement, not by Azure's: it may serve at times, and may get well."""


def serial(group: ContainerGroup) -> int:
    """Return the serial of a replica; 0 when its label is missing or unreadable."""
    text = group.metadata.labels.get(keys.LABEL_SERIAL, "")
    return int(text) if text.isdecimal() else 0


def revision_of(group: ContainerGroup) -> str:
    """Return the name of the replica's revision, "" when its label is missing."""
    return group.metadata.labels.get(keys.LABEL_REVISION, "")


def ready(group: ContainerGroup) -> bool:
    """Tell whether a replica runs and has its IP."""
    return is_true(group.status.conditions, ConditionType.READY)


def available(group: ContainerGroup) -> bool:
    """Tell whether a replica has been ready for long enough."""
    return is_available(group.status.conditions)


def available_since(group: ContainerGroup) -> datetime | None:
    """Return when a replica became available first; None when it never was."""
    known = find(group.status.conditions, ConditionType.AVAILABLE)
    return group.status.ready_at if known is None else group.status.available_at


def serves(group: ContainerGroup) -> bool:
    """Tell whether a replica is available, or was and is expected to be again: it only falters."""
    return available(group) or (available_since(group) is not None and group.status.state is State.RUNNING)


def ailing(group: ContainerGroup) -> bool:
    """Tell whether a replica was available and has failed by our judgement alone: it may serve at times."""
    ready = find(group.status.conditions, ConditionType.READY)
    judged = group.status.state is State.FAILED and ready is not None and ready.reason in _MAY_RECOVER
    return judged and available_since(group) is not None


def unplaced(group: ContainerGroup) -> bool:
    """Tell whether Azure took a replica and found no room for it: another place, not time, may help."""
    ready = find(group.status.conditions, ConditionType.READY)
    short = ready is not None and ready.reason in LASTS
    return group.status.state is State.FAILED and short and available_since(group) is None


def roomless(group: ContainerGroup) -> bool:
    """Tell whether a replica never ran, and has not failed by its own doing: no place had room for it, or it waits."""
    never_sent = group.status.failed_at is None and group.status.accepted_at is None
    return unplaced(group) or (never_sent and mistaken_since(group) is None)


def arriving(group: ContainerGroup) -> bool:
    """Tell whether its container group was there before and is not taken over yet: ended now, it would leave it there.

    The service would find it again, without an end. So it would by a LIST of before where that group is not ours.
    """
    reason = group.metadata.annotations.get(keys.ANNOTATION_REASON)
    return reason == Reason.ADOPTION and group.status.accepted_at is None


def mistaken_since(group: ContainerGroup) -> datetime | None:
    """Return when the container group that a replica was made for turned out not to be ours: a LIST had been late."""
    ready = find(group.status.conditions, ConditionType.READY)
    if ready is None or ready.reason != Reason.OWNERSHIP_CONFLICT or not arriving(group):
        return None
    return ready.last_transition_time


def drifted(group: ContainerGroup) -> bool:
    """Tell whether somebody has changed a replica in Azure."""
    return is_true(group.status.conditions, ConditionType.DRIFTED)


def replaceable(group: ContainerGroup) -> bool:
    """Tell whether a new replica would differ from one that drifted: it was as wanted when it became ready.

    What differs from the start is Azure's or a policy's doing, and would be so again and again.
    """
    found, ready_at = find(group.status.conditions, ConditionType.DRIFTED), group.status.ready_at
    return drifted(group) and found is not None and ready_at is not None and found.last_transition_time > ready_at


def completed(group: ContainerGroup) -> bool:
    """Tell whether a replica has done its work, which its restart policy allows: it is not replaced."""
    return group.status.state is State.SUCCEEDED


def fulfils(group: ContainerGroup) -> bool:
    """Tell whether a replica is as it should be: available, or completed."""
    return available(group) or completed(group)


def proven(group: ContainerGroup) -> bool:
    """Tell whether a replica shows that its revision is good: it serves, or has completed."""
    return serves(group) or completed(group)


def has_served(group: ContainerGroup) -> bool:
    """Tell whether a replica has been available, or has done its work, whatever has become of it."""
    return available_since(group) is not None or completed(group)


def lost(group: ContainerGroup) -> bool:
    """Tell whether nothing of a replica is in Azure, as far as is known."""
    return group.status.state is State.LOST


def ending(group: ContainerGroup) -> bool:
    """Tell whether a replica's object is being deleted."""
    return group.metadata.deletion_timestamp is not None


def without(groups: Iterable[ContainerGroup], others: Iterable[ContainerGroup]) -> list[ContainerGroup]:
    """Return the groups that are not among others, by their names."""
    names = {group.metadata.name for group in others}
    return [group for group in groups if group.metadata.name not in names]


@dataclass(frozen=True)
class Replicas:
    """The replicas at one moment.

    Attributes:
        live: Neither ending nor to be replaced now, by serial. Those that failed or got lost and wait for their
            back-off, or for the limit on heals, are among them.
        dead: To be replaced now, and of use to nobody.
        ailing: To be replaced now, but may serve until a successor does.
        limited: Those of the live that would be replaced now if not too many were, over all services.
        departing: Ending, and not known to be lost.
        holding: How many may exist in Azure now or soon: all but those known to be lost.
        elsewhere: Names of those in a place where the service does not want any: they count as outdated.
        positions: Which placement live ones are in, by name, in order of preference.
        changed: Names of those to be replaced since they have drifted: they count as outdated too.
    """

    live: tuple[ContainerGroup, ...]
    dead: tuple[ContainerGroup, ...]
    ailing: tuple[ContainerGroup, ...]
    limited: tuple[ContainerGroup, ...]
    departing: tuple[ContainerGroup, ...]
    holding: int
    elsewhere: frozenset[str] = frozenset()
    positions: Mapping[str, int] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()

    def updated(self, revision: str) -> tuple[ContainerGroup, ...]:
        """Return the live replicas of a revision, in a place where they are wanted."""
        return tuple(group for group in self.live if self.is_updated(group, revision))

    def outdated(self, revision: str) -> tuple[ContainerGroup, ...]:
        """Return all other live replicas."""
        return tuple(group for group in self.live if not self.is_updated(group, revision))

    def is_older(self, group: ContainerGroup, revision: str) -> bool:
        """Tell whether a replica is of another revision, or in a place where it is not wanted."""
        return revision_of(group) != revision or group.metadata.name in self.elsewhere

    def is_updated(self, group: ContainerGroup, revision: str) -> bool:
        """Tell whether a replica is as the spec wants it."""
        return not self.is_older(group, revision) and group.metadata.name not in self.changed
