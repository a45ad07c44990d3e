"""Places that have no room at the moment: what a refusal or a late failure of one group tells all others.

A shortage is of a subscription, a location, a zone, a priority and a size. The SKU would belong to it too: every group
is a Standard one, so far.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.group import GroupSpec, GroupStatus
from aci_operator.api.quantities import cpu_cores, memory_gb
from aci_operator.api.reasons import Reason, State
from aci_operator.api.template import Priority, ReplicaSpec
from aci_operator.core.conditions import find

LASTS: Final = {Reason.NO_CAPACITY: timedelta(minutes=5), Reason.QUOTA_EXCEEDED: timedelta(minutes=10)}
"""How long a shortage is believed in. Capacity comes back by itself; a quota when somebody deletes or raises it."""

LOOK: Final = 15.0
"""Seconds between two looks of a group that waits for room: a quota that was freed ends its shortage early."""

_TEXTS: Final = (
    ("container group quota", Reason.QUOTA_EXCEEDED),
    ("is not available in the location", Reason.NO_CAPACITY),
)
"""Parts of the texts of a failed operation, which has no code."""


@dataclass(frozen=True)
class Size:
    """What a group asks for: cores and GB over all its containers, of Azure's regular or spare capacity."""

    cpu: float
    memory: float
    priority: Priority = Priority.REGULAR

    @staticmethod
    def of(template: ReplicaSpec) -> "Size":
        """Return the size; 0 for what makes no sense, and is refused as such before it is sent."""
        requests = [container.resources.requests for container in template.containers]
        try:
            cpu, memory = sum(cpu_cores(it.cpu) for it in requests), sum(memory_gb(it.memory) for it in requests)
        except (ValueError, ArithmeticError):
            cpu, memory = 0, 0
        return Size(cpu, memory, template.priority)


@dataclass(frozen=True)
class Shortage:
    """One place without room.

    Attributes:
        zone: None when the group named none, or when it is the quota, which is the region's: it is short everywhere.
        size: Of what did not fit; something smaller may.
        reason: NO_CAPACITY or QUOTA_EXCEEDED.
        until: When it is no longer believed in.
    """

    subscription_id: str
    location: str
    zone: str | None
    size: Size
    reason: Reason
    message: str
    until: datetime

    @staticmethod
    def of(spec: GroupSpec, reason: Reason, message: str, at: datetime) -> "Shortage":
        """Return what a group's refusal or failure at a moment tells."""
        return Shortage(
            subscription_id=spec.subscription_id.lower(),
            location=spec.location,
            zone=None if reason is Reason.QUOTA_EXCEEDED else spec.zone,
            size=Size.of(spec.template),
            reason=reason,
            message=message,
            until=at + LASTS[reason],
        )

    def ending(self, at: datetime) -> "Shortage":
        """Return it with another end."""
        return replace(self, until=at)

    def covers(self, subscription: str, location: str, zone: str | None, size: Size) -> bool:
        """Tell whether a group would not fit there either: it is of the same priority, and as large in both ways."""
        here = (self.subscription_id, self.location) == (subscription.lower(), location)
        other = size.priority is not self.size.priority
        fits = other or size.cpu < self.size.cpu or size.memory < self.size.memory
        return here and self.zone in {None, zone} and not fits


def late(spec: GroupSpec, status: GroupStatus) -> Shortage | None:
    """Return what a group tells that Azure had taken and then found no room for; None when it is no such group."""
    ready = find(status.conditions, ConditionType.READY)
    if status.state is not State.FAILED or status.failed_at is None or ready is None:
        return None
    reason = next((reason for reason in LASTS if reason.value == ready.reason), None)
    if reason is None:
        return None
    message = f"{where(spec.location, spec.zone)}: Azure took it and could not place it ({ready.message})"
    return Shortage.of(spec, reason, message, status.failed_at)


def waits_for(spec: GroupSpec, status: GroupStatus, now: datetime) -> Shortage | None:
    """Return the shortage that a group waits for or has failed by, as its status tells it; None when it does not."""
    ready = find(status.conditions, ConditionType.READY)
    if status.state is not State.PENDING or ready is None:
        return late(spec, status)
    reason = next((reason for reason in LASTS if reason.value == ready.reason), None)
    return None if reason is None else Shortage.of(spec, reason, ready.message, now)


def where(location: str, zone: str | None) -> str:
    """Return a place in words."""
    return f"{location}, zone {zone}" if zone else location


def cause(failure: str) -> Reason | None:
    """Return the shortage that the text of a failed operation tells of, if it does."""
    text = failure.lower()
    return next((reason for part, reason in _TEXTS if part in text), None)
