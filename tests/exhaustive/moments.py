"""Time in the small world: now is always T0, and the past moves away from it, tick by tick, until it is long ago.

A tick is 30 s: all that is shorter (the age of a fresh read, pauses of seconds, the time that a write may take) is over
with the next tick. Beyond `OLD` two moments are alike. So deadlines of minutes never come here; they have their own
tests.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.base import Condition
from aci_operator.api.group import GroupStatus
from aci_operator.api.service import ServiceStatus
from aci_operator.core.group.memory import Memory
from aci_operator.core.group.observation import Timing

from tests.unit.core.builders import T0

TICK: Final = timedelta(seconds=30)
DEADLINE: Final = 60
"""Seconds for a rollout without progress, where it has a deadline: two ticks."""

OLD: Final = T0 - 3 * TICK
# A status has whole seconds, so a ghost window counts as one second longer: it is over with the next tick too.
TIMING: Final = Timing(ghost_window=29, longest_write=0, poll=30, health_turn=30, fresh=10)

_MOMENTS: Final = ("requested_at", "accepted_at", "ready_at", "available_at", "failed_at")


def earlier(moment: datetime | None, floor: datetime = OLD) -> datetime | None:
    """Return a moment as it looks one tick later."""
    return None if moment is None else max(moment - TICK, min(floor, moment))


def group_status_later(status: GroupStatus) -> GroupStatus:
    """Return a group's status as it looks one tick later."""
    return status.model_copy(update={name: earlier(getattr(status, name)) for name in _MOMENTS})


def service_status_later(status: ServiceStatus) -> ServiceStatus:
    """Return a service's status as it looks one tick later."""
    progress, heals = status.progress, status.heals
    if progress is not None:
        progress = progress.model_copy(update={"running_since": earlier(progress.running_since)})
    if heals is not None:
        heals = heals.model_copy(update={"failed_at": earlier(heals.failed_at)})
    return status.model_copy(update={"progress": progress, "heals": heals})


def memory_later(memory: Memory) -> Memory:
    """Return a memory as it looks one tick later. What is due stays due."""
    read, trouble = memory.read, memory.trouble
    return replace(
        memory,
        look_at=max(memory.look_at - TICK, T0),
        asked_at=earlier(memory.asked_at),
        wrote_at=earlier(memory.wrote_at),
        accepted_at=earlier(memory.accepted_at),
        deleted_at=earlier(memory.deleted_at),
        missing_since=earlier(memory.missing_since),
        found_at=None,  # every LIST is of its tick, and so younger than a read of an earlier one
        read=None if read is None else replace(read, at=max(read.at - TICK, OLD)),
        trouble=None if trouble is None else replace(trouble, until=max(trouble.until - TICK, T0)),
    )


def _conditions(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(condition.model_copy(update={"last_transition_time": T0}) for condition in conditions)


def group_status_plain(status: GroupStatus) -> GroupStatus:
    """Return a group's status without the moments that only people and deadlines of minutes look at."""
    return status.model_copy(update={"conditions": _conditions(status.conditions)})


def service_status_plain(status: ServiceStatus, *, deadline: bool) -> ServiceStatus:
    """Return a service's status without those moments, and without what the state holds of it beside.

    Without a deadline the clock of a rollout is among them: it is always long ago that it began to run.
    """
    progress, heals = status.progress, status.heals
    if progress is not None:
        since, elapsed = progress.running_since, min(progress.elapsed_seconds, DEADLINE)
        if not deadline:
            since, elapsed = None if since is None else OLD, 0
        progress = progress.model_copy(update={"elapsed_seconds": elapsed, "running_since": since})
    if heals is not None:
        heals = heals.model_copy(update={"replaced_at": T0})
    return status.model_copy(
        update={
            "conditions": _conditions(status.conditions),
            "progress": progress,
            "heals": heals,
            "serial": 0,
            "ips": (),
            "ip_summary": None,
        }
    )


def outdated(status: ServiceStatus) -> ServiceStatus:
    """Return a service's status after the spec has changed: the present generation is always 2."""
    conditions = (
        condition.model_copy(update={"observed_generation": min(condition.observed_generation, 1)})
        for condition in status.conditions
    )
    observed = min(status.observed_generation, 1)
    return status.model_copy(update={"observed_generation": observed, "conditions": tuple(conditions)})
