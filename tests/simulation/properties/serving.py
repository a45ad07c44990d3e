"""P19 and P20: no replica that is available is ended while the strategy of its service needs it."""

from collections import defaultdict
from datetime import datetime, timedelta

from aci_operator.kube.api import Manifest

from tests.model.manifests import deleting

UNDER_WAY = timedelta(seconds=60)
"""So long may a decision still be carried out that was made from an earlier spec."""

Key = tuple[str, str]


class Serving:
    """How many available replicas each service needs at least."""

    def __init__(self) -> None:
        self._needed: dict[Key, list[tuple[datetime, int]]] = defaultdict(list)
        self._least_ready: dict[Key, int] = {}

    def wants(self, service: Manifest, now: datetime) -> None:
        """Take in what a service is from now on. Another minReadySeconds makes replicas unavailable by itself."""
        key = (service["metadata"]["namespace"], service["metadata"]["name"])
        least_ready = service["spec"].get("minReadySeconds", 0)
        if self._least_ready.setdefault(key, least_ready) != least_ready:
            self._least_ready[key] = least_ready
            self._needed[key].append((now, 0))
        self._needed[key].append((now, 0 if deleting(service) else _least(service)))

    def needed(self, key: Key, now: datetime) -> int:
        """Return the least that any spec asked for which a decision may still follow."""
        history = self._needed[key]
        while len(history) > 1 and history[1][0] <= now - UNDER_WAY:
            del history[0]
        return min((needed for _, needed in history), default=0)


def _least(service: Manifest) -> int:
    """Return the replicas that must be there: a share that may be missing is rounded down, and at least one may be."""
    spec = service["spec"]
    strategy, replicas = spec.get("strategy", {}), int(spec["replicas"])
    block = strategy.get("rollingUpdate") or {}
    surge, unavailable = block.get("maxSurge", 1), block.get("maxUnavailable", 0)
    if strategy.get("type") == "Recreate":
        return 0
    missing = int(unavailable.rstrip("%")) * replicas // 100 if isinstance(unavailable, str) else int(unavailable)
    if missing == 0 and surge in (0, "0%"):
        missing = 1
    return replicas - missing
