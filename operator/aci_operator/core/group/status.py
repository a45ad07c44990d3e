"""The status of a container group's object."""

from collections.abc import Sequence
from datetime import datetime

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerStatus, GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict, condition, judged
from aci_operator.core.group import drift
from aci_operator.core.group.crashes import settled
from aci_operator.core.group.health import Health, assess, container_statuses
from aci_operator.core.group.observation import Observation


def status(
    o: Observation,
    state: State,
    verdict: Verdict,
    *,
    available: bool = False,
    drifted: tuple[str, ...] | None = None,
) -> GroupStatus:
    """Return the present status with another state and verdict; an IP is shown only while it is ready.

    What the API server refuses takes the verdict's place: it stands in the way of everything else.
    What is known of drift stays while `drifted` is None.
    """
    if o.refused is not None:
        verdict = Verdict.stuck(Reason.API_FORBIDDEN, o.refused)
    before = o.group.status
    generation = o.group.metadata.generation
    return before.model_copy(
        update={
            "observed_generation": generation,
            "cluster_id": before.cluster_id or o.cluster_id,
            "state": state,
            "failed_at": _failed_at(o, state),
            "ip": before.ip if verdict.ready else None,
            "last_ip": None if verdict.ready and before.ip else before.ip or before.last_ip,
            "conditions": (
                *judged(before.conditions, verdict, generation, o.now),
                _available(o, available),
                *drift.told(o, drifted),
            ),
        }
    )


def requested(before: GroupStatus, at: datetime | None) -> GroupStatus:
    """Return the status with the time of the PUT, or without one when none can have had an effect."""
    return before.model_copy(update={"requested_at": at.replace(microsecond=0) if at else None})


def seen(o: Observation, group: CloudGroup) -> tuple[GroupStatus, Health]:
    """Return the status, and the health, that a direct read of our own group shows."""
    now = o.now.replace(microsecond=0)
    before = o.group.status
    read_at = o.memory.read.at if o.memory.read is not None else o.now
    calm = settled(before, group.containers, o.group.spec.template.restart_policy, read_at)
    health = assess(o.group, group, read_at, calm)
    ip = group.ip if health.verdict.ready and group.ip else None
    containers = container_statuses(group)
    available = health.verdict.ready and steady(containers, o.group.spec.min_ready_seconds, read_at)
    drifted = drift.drift(o.group, group)
    shown = status(o, health.state, health.verdict, available=available, drifted=drifted).model_copy(
        update={
            "requested_at": before.requested_at or now,
            "accepted_at": before.accepted_at or now,
            "ready_at": before.ready_at or (now if health.verdict.ready else None),
            "available_at": before.available_at or (now if available else None),
            "provisioning_state": group.provisioning_state or None,
            "ip": ip,
            "last_ip": None if ip else before.ip or before.last_ip,
            "restarts": sum(container.restarts for container in containers),
            "settled_restarts": calm,
            "containers": containers,
        }
    )
    return shown, health


def steady(containers: Sequence[ContainerStatus], least: int, read_at: datetime) -> bool:
    """Tell whether every container has run for `least` seconds since its last start, by a read at a moment.

    One read proves it, since a start time that is old enough has no restart after it; so a crash loop never passes.
    """
    return least == 0 or all(
        c.started_at is not None and (read_at - c.started_at).total_seconds() >= least for c in containers
    )


def _failed_at(o: Observation, state: State) -> datetime | None:
    """Return since when it has failed; that stays while it is ended, since it makes its successor a retry."""
    if state.dead:
        return o.group.status.failed_at or o.now.replace(microsecond=0)
    return o.group.status.failed_at if state is State.DELETING else None


def _available(o: Observation, available: bool) -> Condition:
    least = o.group.spec.min_ready_seconds
    return condition(
        o.group.status.conditions,
        ConditionType.AVAILABLE,
        status=available,
        reason=Reason.AVAILABLE if available else Reason.UNAVAILABLE,
        message=f"ready for {least} s without a restart" if available else "not ready for long enough",
        generation=o.group.metadata.generation,
        now=o.now,
    )
