"""Writes of statuses, with what they show for the first time."""

from collections.abc import Iterable, Sequence

from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.errors import ApiUnavailable, ClusterError
from aci_operator.core.story import Tell
from aci_operator.engine.ports import Cluster, Key, Object
from aci_operator.engine.surroundings import Surroundings


async def write_and_tell(
    around: Surroundings, subject: Object, status: ServiceStatus | GroupStatus, news: Sequence[Tell]
) -> Object:
    """Write a status and tell what is new in it, at once: when anything else fails, no later pass sees it as new.

    Raises:
        Conflict: Another operator leads by now; nothing is written.
        ApiUnavailable: There was no answer. What is new is told if the status is there, and no more may be done: it can
            be another leader who has written it.
    """
    around.must_lead()
    try:
        written = await around.cluster.write_status(subject, status)
    except ApiUnavailable:
        if await _shows(around.cluster, subject, status):
            await tell_all(around, subject, news)
        raise
    await tell_all(around, written, news)
    return written


async def tell_all(around: Surroundings, subject: Service | ContainerGroup, news: Iterable[Tell]) -> None:
    """Tell it in its order."""
    for tell in news:
        await around.chronicle.tell(subject, tell)


async def _shows(cluster: Cluster, subject: Service | ContainerGroup, status: ServiceStatus | GroupStatus) -> bool:
    """Tell whether an object has a status by now; one that cannot be read has not, as far as anybody knows."""
    key = Key(subject.metadata.namespace, subject.metadata.name)
    fetch = cluster.fetch_service if isinstance(subject, Service) else cluster.fetch_group
    try:
        found = await fetch(key)
    except ClusterError:
        return False
    return found is not None and found.status == status
