"""The limit on heals over all services: who is replacing how many at this moment."""

from aci_operator.core.service.storm import limit
from aci_operator.engine.ports import Cluster, Key


class Storm:
    """Counts the replicas that are being replaced.

    A plan and its entry here come without a pause between them, so two services never take the same room.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._replacing: dict[Key, int] | None = None

    def allowance(self, key: Key) -> int:
        """Return how many replacements the limit has room for in a service, those that it has begun included."""
        others = sum(count for other, count in self._known().items() if other != key)
        return max(limit(self._cluster.group_count()) - others, 0)

    def entered(self, key: Key, count: int) -> None:
        """Remember how many replicas a service is replacing."""
        self._known().pop(key, None)
        if count:
            self._known()[key] = count

    def _known(self) -> dict[Key, int]:
        """Return the counts; at first, those that the services have in their status from before a restart."""
        if self._replacing is None:
            services = ((key, self._cluster.service(key)) for key in self._cluster.service_keys())
            heals = ((key, service.status.heals) for key, service in services if service is not None)
            self._replacing = {key: known.replacing for key, known in heals if known is not None and known.replacing}
        return self._replacing
