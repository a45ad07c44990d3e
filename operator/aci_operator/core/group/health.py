"""What a direct read of a container group says about its health."""

from dataclasses import dataclass

from aci_operator.api.group import ContainerGroup, ContainerStatus
from aci_operator.api.placement import NetworkType
from aci_operator.api.reasons import Reason, State
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.conditions import Verdict


@dataclass(frozen=True)
class Health:
    """A state, and what to say about it."""

    state: State
    verdict: Verdict


def assess(group: ContainerGroup, seen: CloudGroup) -> Health:
    """Tell the health of a group from a direct read.

    provisioningState never tells how a run ended (recorded: Never with exit code 2 is Succeeded), so the instanceView
    decides as soon as there is one.
    """
    if seen.provisioning_state == "Failed":
        return Health(State.FAILED, Verdict.underway(Reason.START_FAILED, seen.failure or "Azure could not start it"))
    if seen.state == "Stopped":
        return Health(State.FAILED, Verdict.underway(Reason.STOPPED, "the container group was stopped in Azure"))
    if seen.state == "Failed":
        return Health(State.FAILED, Verdict.underway(Reason.STOPPED, _endings(seen)))
    if seen.state == "Succeeded":
        return Health(State.SUCCEEDED, Verdict.underway(Reason.COMPLETED, "all containers ended with exit code 0"))
    waiting = _not_yet(group, seen)
    if waiting is None:
        return Health(
            State.RUNNING, Verdict.fine(Reason.RUNNING, f"running with IP {seen.ip}" if seen.ip else "running")
        )
    state = State.RUNNING if group.status.ready_at is not None else State.CREATING
    return Health(state, Verdict.underway(Reason.STARTING, waiting))


def _not_yet(group: ContainerGroup, seen: CloudGroup) -> str | None:
    if seen.provisioning_state != "Succeeded":
        return f"Azure is starting it (provisioningState {seen.provisioning_state or 'unknown'})"
    if seen.state != "Running":
        return f"Azure has provisioned it, but its state is {seen.state or 'unknown'}"
    idle = [container for container in seen.containers if container.state != "Running"]
    if idle or not seen.containers:
        return "; ".join(_told(container) for container in idle) or "no container is running yet"
    if group.spec.network.type is not NetworkType.NONE and not seen.ip:
        return "it runs, but has no IP yet"
    return None


def _told(container: CloudContainer) -> str:
    detail = f" ({container.detail})" if container.detail else ""
    return f'container "{container.name}" is {container.state or "not started"}{detail}'


def _endings(seen: CloudGroup) -> str:
    ended = [f'"{c.name}" exited with code {c.exit_code}' for c in seen.containers if c.exit_code is not None]
    return "; ".join(ended) or "its containers ended"


def container_statuses(seen: CloudGroup) -> tuple[ContainerStatus, ...]:
    """Return the containers as the object's status shows them."""
    return tuple(
        ContainerStatus(
            name=container.name,
            state=container.state or "Waiting",
            restarts=container.restarts,
            exit_code=container.exit_code,
            started_at=container.started_at.replace(microsecond=0) if container.started_at else None,
            detail=container.detail[:256] or None,
        )
        for container in seen.containers
    )
