"""Which restarts of a group's containers are crashes in a row."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from aci_operator.api.group import GroupStatus
from aci_operator.api.template import RestartPolicy
from aci_operator.core.cloud import CloudContainer

CRASH_LIMIT: Final = 5
"""Crashes in a row that make a crash loop. With Azure's growing pauses between them they take minutes."""

RAN_WELL: Final = 600.0
"""Seconds of all containers without a restart that end a row of crashes; the kubelet ends its back-off by the same."""


def settled(before: GroupStatus, containers: Sequence[CloudContainer], policy: RestartPolicy, at: datetime) -> int:
    """Return the restarts that count for no crash loop: the platform's, and all before the group last ran well.

    A container that has done its work, and is not started again by its policy, does not keep the others from that. Of
    several restarts between two reads, Azure tells how the last one came about, and all count as that.
    """
    total = sum(container.restarts for container in containers)
    working = [container for container in containers if policy is RestartPolicy.ALWAYS or not _done(container)]
    if working and all(_runs_well(container, at) for container in working):
        return total
    return min(before.settled_restarts + sum(count for _, count in by_platform(before, containers)), total)


def by_platform(before: GroupStatus, containers: Sequence[CloudContainer]) -> Iterator[tuple[str, int]]:
    """Yield the containers that the platform has restarted since the last read, and how often.

    A liveness probe that fails would look the same (recorded: exit code 7147, SIGINT); a template cannot have one yet.
    """
    known = {container.name: container.restarts for container in before.containers}
    for container in containers:
        count = container.restarts - known.get(container.name, 0)
        if container.killed and count > 0:
            yield container.name, count


def _runs_well(container: CloudContainer, at: datetime) -> bool:
    started = container.started_at
    return container.state == "Running" and started is not None and (at - started).total_seconds() >= RAN_WELL


def _done(container: CloudContainer) -> bool:
    return container.state == "Terminated" and container.exit_code == 0
