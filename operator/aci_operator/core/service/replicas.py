"""The replicas of a service, sorted into the sets that the policies speak of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceSpec
from aci_operator.core.conditions import find, is_true

_NOTHING_SENT: Final = {
    Reason.FORBIDDEN,
    Reason.INVALID,
    Reason.NO_CAPACITY,
    Reason.QUOTA_EXCEEDED,
    Reason.RESOURCE_GROUP_NOT_FOUND,
    Reason.WAITING_FOR_BUDGET,
}
"""Why a replica is Pending that another place, tag or policy may help. Not while it is still being looked for."""


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
    """Tell whether a replica has been ready for long enough; an older operator wrote no such condition."""
    known = find(group.status.conditions, ConditionType.AVAILABLE)
    return ready(group) if known is None else known.status == "True"


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


def ending(group: ContainerGroup) -> bool:
    """Tell whether a replica's object is being deleted."""
    return group.metadata.deletion_timestamp is not None


def corrected(group: ContainerGroup, spec: ServiceSpec) -> bool:
    """Tell whether a replica has nothing in Azure, since it was refused or waits, and would be made otherwise by now.

    Placement, tags and policy are in no revision: what runs keeps those that it was made with.
    """
    before = find(group.status.conditions, ConditionType.READY)
    if group.status.state is not State.PENDING or group.status.requested_at is not None or before is None:
        return False
    made = (group.spec.location, group.spec.tags, group.spec.resource_group_policy)
    return before.reason in _NOTHING_SENT and made != (
        spec.placements[0].location,
        spec.tags,
        spec.resource_group_policy,
    )


def misplaced(group: ContainerGroup, spec: ServiceSpec, subscription: str) -> bool:
    """Tell whether a replica is where the service wants none: its place was taken out, or an earlier service had it.

    Azure does not tell cases apart in names of subscriptions and resource groups.
    """
    scope = (group.spec.subscription_id.lower(), group.spec.resource_group.lower())
    wanted = (subscription.lower(), spec.resource_group.lower())
    return scope != wanted or group.spec.location not in {placement.location for placement in spec.placements}


@dataclass(frozen=True)
class Replicas:
    """The replicas at one moment.

    Attributes:
        live: Neither ending nor to be replaced now, by serial.
        dead: To be replaced now, and of use to nobody.
        ailing: To be replaced now, but may serve until a successor does.
        limited: Those of the live that would be replaced now if not too many were, over all services.
        departing: Ending, and not known to be lost.
        holding: How many may exist in Azure now or soon: all but those known to be lost.
        elsewhere: Names of live ones in a place where the service does not want any: they count as outdated.
        changed: Names of live ones to be replaced since they have drifted: they count as outdated too.
    """

    live: tuple[ContainerGroup, ...]
    dead: tuple[ContainerGroup, ...]
    ailing: tuple[ContainerGroup, ...]
    limited: tuple[ContainerGroup, ...]
    departing: tuple[ContainerGroup, ...]
    holding: int
    elsewhere: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()

    def updated(self, revision: str) -> tuple[ContainerGroup, ...]:
        """Return the live replicas of a revision, in a place where they are wanted."""
        return tuple(group for group in self.live if self._is_updated(group, revision))

    def outdated(self, revision: str) -> tuple[ContainerGroup, ...]:
        """Return all other live replicas."""
        return tuple(group for group in self.live if not self._is_updated(group, revision))

    def is_older(self, group: ContainerGroup, revision: str) -> bool:
        """Tell whether a replica is of another revision, or in a place where it is not wanted."""
        return revision_of(group) != revision or group.metadata.name in self.elsewhere

    def _is_updated(self, group: ContainerGroup, revision: str) -> bool:
        return not self.is_older(group, revision) and group.metadata.name not in self.changed


def expendable_first(group: ContainerGroup) -> tuple[int, int]:
    """Sort key of the scale-down order: not yet sent, never ready, not ready; newest first within each."""
    before = group.status
    if before.requested_at is None and before.accepted_at is None:
        rank = 0
    elif before.ready_at is None:
        rank = 1
    elif not available(group):
        rank = 2
    else:
        rank = 3
    return rank, -serial(group)
