"""P3: how many container groups a service may have in Azure, by what it has asked for lately."""

import math
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from aci_operator.kube.api import Manifest

STILL_ALLOWED: Final = timedelta(seconds=120)
"""So long may a group still be made that an earlier spec led to: a minute for the decision, the rest for its PUT."""

Key = tuple[str, str]


class Room:
    """Remembers what each service, by namespace and name, wants and has wanted."""

    def __init__(self) -> None:
        self._known: dict[Key, list[tuple[datetime, int]]] = defaultdict(list)

    def wants(self, service: Manifest, now: datetime) -> None:
        """Take in what a service is from now on."""
        key = (service["metadata"]["namespace"], service["metadata"]["name"])
        known, most = self._known[key], _most(service)
        if not known or known[-1][1] != most:
            known.append((now, most))

    def converged(self) -> None:
        """Say that nothing moves: from now on only what is wanted now is allowed."""
        for known in self._known.values():
            del known[:-1]

    def allowed(self, key: Key, now: datetime) -> int:
        """Return the most groups that a service may have now."""
        known = self._known[key]
        while len(known) > 1 and known[1][0] <= now - STILL_ALLOWED:
            del known[0]
        return max((most for _, most in known), default=0)


def _most(service: Manifest) -> int:
    """Return the replicas of a service and what its strategy allows beyond them: a share is rounded up."""
    replicas, strategy = int(service["spec"]["replicas"]), service["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return replicas
    surge = strategy.get("rollingUpdate", {}).get("maxSurge", 1)
    share = math.ceil(int(surge.rstrip("%")) * replicas / 100) if isinstance(surge, str) else int(surge)
    return replicas + share
