"""P3: how many container groups a service may have in Azure, by what it has asked for lately."""

import math
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from aci_operator.kube.api import Manifest

STILL_ALLOWED: Final = timedelta(seconds=120)
"""So long may a group still be made that an earlier spec led to."""

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

    def allowed(self, key: Key, made: datetime) -> int:
        """Return the most groups that a service may have when one comes to Azure whose object was `made` then.

        Its PUT may have waited long for a budget or a Retry-After. At most so many objects may there be, so one that is
        not in Azure yet may stay while those end that are.
        """
        known, since = self._known[key], made - STILL_ALLOWED
        first = max((index for index, (at, _) in enumerate(known) if at <= since), default=0)
        return max((most for _, most in known[first:]), default=0)


def _most(service: Manifest) -> int:
    """Return the replicas of a service and what its strategy allows beyond them: a share is rounded up."""
    replicas, strategy = int(service["spec"]["replicas"]), service["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return replicas
    surge = strategy.get("rollingUpdate", {}).get("maxSurge", 1)
    share = math.ceil(int(surge.rstrip("%")) * replicas / 100) if isinstance(surge, str) else int(surge)
    return replicas + share
