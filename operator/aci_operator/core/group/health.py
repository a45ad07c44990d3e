"""What a direct read of a container group says about its health."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup, ContainerStatus
from aci_operator.api.placement import NetworkType
from aci_operator.api.reasons import Reason, State
from aci_operator.api.template import RestartPolicy
from aci_operator.core.cloud import CloudContainer, CloudGroup
from aci_operator.core.conditions import Verdict, find
from aci_operator.core.group.crashes import CRASH_LIMIT
from aci_operator.core.shortage import cause

START_DEADLINE: Final = 35 * 60
"""Seconds from Azure's acceptance, or from when it was last ready, until a group that does not run has failed.

Azure's own deadline for a start is 30 minutes: it has the first word.
"""

IP_DEADLINE: Final = 5 * 60
"""Seconds for which all may run without an IP where one is due."""


@dataclass(frozen=True)
class Health:
    """A state, and what to say about it."""

    state: State
    verdict: Verdict


def assess(group: ContainerGroup, seen: CloudGroup, at: datetime, settled: int) -> Health:
    """Tell the health of a group from a direct read.

    provisioningState never tells how a run ended (recorded: Never with exit code 2 is Succeeded), so the instanceView
    decides as soon as there is one. What Azure leaves in a bad state for too long counts as failed, until it is well.

    Args:
        group: Its object.
        seen: What the read showed.
        at: When it was made.
        settled: Restarts that count for no crash loop.
    """
    if seen.provisioning_state == "Failed":
        return _failed(cause(seen.failure) or Reason.START_FAILED, seen.failure or "Azure could not start it")
    if seen.state == "Stopped":
        return _failed(Reason.STOPPED, "the container group was stopped in Azure")
    if seen.state == "Failed":
        return _failed(Reason.STOPPED, _endings(seen))
    if seen.state == "Succeeded":
        return Health(State.SUCCEEDED, Verdict.underway(Reason.COMPLETED, "all containers ended with exit code 0"))
    crashes = sum(container.restarts for container in seen.containers) - settled
    if crashes >= CRASH_LIMIT:
        return _failed(Reason.CRASH_LOOPING, f"{crashes} crashes in a row; {_standing(seen) or 'it runs just now'}")
    lack = _lack(group, seen, crashes)
    if lack is None:
        return Health(
            State.RUNNING, Verdict.fine(Reason.RUNNING, f"running with IP {seen.ip}" if seen.ip else "running")
        )
    if lack.since is not None and (at - lack.since).total_seconds() >= lack.deadline:
        return _failed(lack.at_last, f"{lack.words}, for more than {lack.deadline // 60} minutes")
    state = State.RUNNING if group.status.ready_at is not None else State.CREATING
    return Health(state, Verdict.underway(lack.meanwhile, lack.words))


@dataclass(frozen=True)
class _Lack:
    """What keeps a group from being ready: the reason `meanwhile`, and the one `at_last`, after `deadline` seconds."""

    words: str
    since: datetime | None
    meanwhile: Reason = Reason.STARTING
    at_last: Reason = Reason.STUCK
    deadline: int = START_DEADLINE


def _lack(group: ContainerGroup, seen: CloudGroup, crashes: int) -> _Lack | None:
    since = _unready_since(group)
    if seen.provisioning_state != "Succeeded":
        if seen.failure and group.status.ready_at is None and not _all_run(seen):
            words = f"Azure has not got it to start yet, and goes on: {seen.failure}"
            return _Lack(words, since, Reason.START_FAILING)
        return _Lack(f"Azure is starting it (provisioningState {seen.provisioning_state or 'unknown'})", since)
    if seen.state != "Running":
        return _Lack(f"Azure has provisioned it, but its state is {seen.state or 'unknown'}", since)
    if not _all_run(seen):
        hangs = since if not _has_partly_ended(group, seen) else None
        meanwhile = Reason.RESTARTING if crashes > 0 and any(map(_backs_off, seen.containers)) else Reason.STARTING
        return _Lack(_standing(seen) or "no container is running yet", hangs, meanwhile)
    if group.spec.network.type is not NetworkType.NONE and not seen.ip:
        starts = [container.started_at for container in seen.containers if container.started_at is not None]
        runs_since = max([since, *starts]) if since is not None else None
        return _Lack("it runs, but has no IP yet", runs_since, at_last=Reason.NO_IP, deadline=IP_DEADLINE)
    return None


def _all_run(seen: CloudGroup) -> bool:
    return bool(seen.containers) and not _standing(seen)


def _backs_off(container: CloudContainer) -> bool:
    """Tell whether a container waits to be started again."""
    return container.state == "Waiting" and container.restarts > 0


def _has_partly_ended(group: ContainerGroup, seen: CloudGroup) -> bool:
    """Tell whether some containers have ended, as the restart policy allows, and all others run: it takes its time."""
    states = {container.state for container in seen.containers}
    return states == {"Running", "Terminated"} and group.spec.template.restart_policy is not RestartPolicy.ALWAYS


def _unready_since(group: ContainerGroup) -> datetime | None:
    """Return when Azure took it, or when it was last ready; None when it was until now."""
    if group.status.ready_at is None:
        return group.status.accepted_at
    ready = find(group.status.conditions, ConditionType.READY)
    return ready.last_transition_time if ready is not None and ready.status == "False" else None


def _failed(reason: Reason, words: str) -> Health:
    return Health(State.FAILED, Verdict.underway(reason, words))


def _standing(seen: CloudGroup) -> str:
    """Say of each container that does not run how it is."""
    return "; ".join(_told(container) for container in seen.containers if container.state != "Running")


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
