"""The status of a container group's object."""

from datetime import datetime

from aci_operator.api.group import GroupStatus
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.conditions import Verdict, judged
from aci_operator.core.group.health import Health, assess, container_statuses
from aci_operator.core.group.observation import Observation


def status(o: Observation, state: State, verdict: Verdict) -> GroupStatus:
    """Return the present status with another state and verdict; an IP is shown only while it is ready.

    What the API server refuses takes the verdict's place: it stands in the way of everything else.
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
            "failed_at": (before.failed_at or o.now.replace(microsecond=0)) if state.dead else None,
            "ip": before.ip if verdict.ready else None,
            "conditions": judged(before.conditions, verdict, generation, o.now),
        }
    )


def requested(before: GroupStatus, at: datetime | None) -> GroupStatus:
    """Return the status with the time of the PUT, or without one when none can have had an effect."""
    return before.model_copy(update={"requested_at": at.replace(microsecond=0) if at else None})


def seen(o: Observation, group: CloudGroup) -> tuple[GroupStatus, Health]:
    """Return the status, and the health, that a direct read of our own group shows."""
    health = assess(o.group, group)
    now = o.now.replace(microsecond=0)
    before = o.group.status
    containers = container_statuses(group)
    shown = status(o, health.state, health.verdict).model_copy(
        update={
            "requested_at": before.requested_at or now,
            "accepted_at": before.accepted_at or now,
            "ready_at": before.ready_at or (now if health.verdict.ready else None),
            "provisioning_state": group.provisioning_state or None,
            "ip": group.ip if health.verdict.ready and group.ip else None,
            "restarts": sum(container.restarts for container in containers),
            "containers": containers,
        }
    )
    return shown, health
