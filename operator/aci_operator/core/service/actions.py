"""What the plan of a service can ask for."""

from dataclasses import dataclass, field

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import ServiceStatus
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import find, reason_of
from aci_operator.core.revision import Revision
from aci_operator.core.service.market import Place
from aci_operator.core.shortage import LASTS, where
from aci_operator.core.story import Tell


@dataclass(frozen=True)
class StoreRevision:
    """Store a revision; it exists before the first group of it."""

    revision: Revision


@dataclass(frozen=True)
class DropRevision:
    """Delete a revision that no group uses any more."""

    revision: Revision


@dataclass(frozen=True)
class AdoptGroup:
    """Take over the object of an earlier service of the same name."""

    group: ContainerGroup


@dataclass(frozen=True)
class ReleaseGroup:
    """Let a group object live on without the service."""

    group: ContainerGroup


@dataclass(frozen=True)
class CreateGroup:
    """Create the object of a replica.

    Attributes:
        place: Where it is to be.
        heir: A group in Azure that is waiting to be taken over; None for a new one.
        retry: Whether it follows failures of its revision.
    """

    revision: Revision
    serial: int
    why: Reason
    place: Place
    heir: CloudGroup | None = None
    retry: bool = False

    def because(self, location: str | None = None) -> str:
        """Return why, for people, in which location if that is to be told, and which better places had no room."""
        there = f", in {location}" if location else ""
        passed_over = f"; passed over: {self.place.passed_over}" if self.place.passed_over else ""
        return f"{self.why}{there}{passed_over}"


@dataclass(frozen=True)
class DeleteGroup:
    """Delete the object of a replica."""

    group: ContainerGroup
    why: Reason

    @property
    def because(self) -> str:
        """Why, for people: of what failed or had no room also what was wrong, and where there was none."""
        cause = self.cause
        if cause is None:
            return self.why.value
        place = f" in {where(self.group.spec.location, self.group.spec.zone)}" if cause in LASTS else ""
        return f"{self.why}: {cause}{place}"

    @property
    def cause(self) -> Reason | None:
        """What was wrong with a replica that is replaced for it; None for others."""
        ready = find(self.group.status.conditions, ConditionType.READY)
        if self.why not in {Reason.HEALING, Reason.PLACEMENT} or ready is None:
            return None
        return reason_of(ready)


@dataclass(frozen=True)
class HandDown:
    """Hand down to a group what may change in it: deletion policy and minReadySeconds."""

    group: ContainerGroup


Preparation = StoreRevision | AdoptGroup | ReleaseGroup
"""What comes before the decision is written down: nothing is created or deleted by it."""

Deed = CreateGroup | DeleteGroup | HandDown | DropRevision
"""What comes after it."""

Action = Preparation | Deed


@dataclass(frozen=True)
class Plan:
    """A plan: the preparations in order, the status under the version that was observed, and the deeds in order.

    Attributes:
        healing: How many replicas are being replaced by heals once it is carried out, for the limit over all services.
        finalizers: What the service's finalizers should be; None to leave them.
        tell: What the service has come to by it, for people.
        after: Seconds until the next look, if nothing happens before; None to wait for a change.
    """

    status: ServiceStatus
    healing: int
    actions: tuple[Action, ...] = field(default=())
    finalizers: tuple[str, ...] | None = None
    tell: tuple[Tell, ...] = field(default=())
    after: float | None = None
