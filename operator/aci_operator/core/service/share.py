"""Which share of Azure's creates a replica is made from: heals come first, and failures must not use up the rest."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import State
from aci_operator.api.service import Heals, Service
from aci_operator.core.service.replicas import Replicas, available, ending, revision_of, serial
from aci_operator.core.service.strategy import least


class Share(StrEnum):
    """A share of the budget of creates."""

    HEAL = "Heal"
    """Takes the place of a replica that was available, of a service with fewer than its least number."""
    GROWTH = "Growth"
    """Scaling and rollouts, and everything else."""
    RETRY = "Retry"
    """Follows a replica of the same revision that failed without ever having been ready."""


def share(group: ContainerGroup, service: Service | None, groups: Iterable[ContainerGroup]) -> Share:
    """Return the share of a group that is to be created, among all groups of its service, at this moment.

    As many are heals as bring the service back to its least number, or to what it once had if that was less.
    """
    if keys.ANNOTATION_RETRY in group.metadata.annotations:
        return Share.RETRY
    if service is None:
        return Share.GROWTH
    status = service.status
    enough = min(least(service.spec.strategy, service.spec.replicas), status.established_replicas)
    if status.available_replicas >= enough:  # it is written before a replica is replaced
        return Share.GROWTH
    before = (other for other in groups if _counts(other) and _comes_before(other, group))
    return Share.HEAL if len(list(islice(before, enough))) < enough else Share.GROWTH


def retries(births: Iterable[str], replicas: Replicas, heals: Heals | None) -> list[bool]:
    """Tell of each birth, given its revision, whether it follows one that failed without ever having been ready.

    While some of the revision are available, as many do as have failed and have no successor yet: any other that is
    missing had served, or is growth. While none is, all do as soon as one has failed.
    """
    failed = Counter(
        revision_of(group)
        for group in (*replicas.dead, *replicas.departing)
        if group.status.ready_at is None and group.status.failed_at is not None
    )
    trying = Counter(
        revision_of(group)
        for group in replicas.live
        if group.status.ready_at is None and keys.ANNOTATION_RETRY in group.metadata.annotations
    )
    proven = {revision_of(group) for group in replicas.live if available(group)}
    failing = failed.keys() | trying.keys() | ({heals.failing} if heals is not None else set())
    without = failed - trying
    follows: list[bool] = []
    for revision in births:
        follows.append(without[revision] > 0 if revision in proven else revision in failing)
        without[revision] -= 1
    return follows


def _counts(group: ContainerGroup) -> bool:
    """Tell whether a replica serves or is expected to."""
    return not ending(group) and group.status.state not in {State.FAILED, State.LOST}


def _comes_before(other: ContainerGroup, group: ContainerGroup) -> bool:
    """Tell whether another replica is there already, or will be sent before this one."""
    if other.metadata.uid == group.metadata.uid:
        return False
    if other.status.requested_at is not None or available(other):
        return True
    return keys.ANNOTATION_RETRY not in other.metadata.annotations and serial(other) < serial(group)
