"""The limit on heals: over all services, no more replicas that may yet recover are in replacement at once.

By the API server's own objects. Only what can be nothing else counts as a heal, and what has been made up for as soon
as the objects show it: so what an operator sees late makes no complaint.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api import keys
from aci_operator.core.service import storm
from aci_operator.kube.api import SERVICES, Manifest

from tests.model.manifests import deleting
from tests.simulation.properties.departures import service_uid_of
from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.replicas import is_true, state

MARGIN: Final = timedelta(minutes=2)
"""So much less than `storm.PATIENCE` is what counts here, where the clocks of all operators show the same."""


class Heals:
    """Counts the replacements that are not made up for, by the uids of their services."""

    def __init__(self) -> None:
        self._services: dict[str, Manifest] = {}
        self._replicas: dict[str, dict[str, Manifest]] = defaultdict(dict)
        self._begun: dict[str, int] = {}
        self._last: dict[str, datetime] = {}
        self._there, self._fleet = 0, 0
        self._skews: set[float] = set()

    def started(self, skew: float) -> None:
        """Take in by how many seconds the clock of an operator is ahead.

        By its own clock it tells whether a replacement of another one still counts, so for that much less it surely
        does. With clocks further apart than `storm.PATIENCE` nothing can be said.
        """
        self._skews.add(skew)

    def told(self, changed: Manifest, now: datetime, *, gone: bool) -> None:
        """Take in what becomes of a service or a replica."""
        uid = changed["metadata"]["uid"]
        service = uid if changed["kind"] == SERVICES.kind else service_uid_of(changed)
        there = self._services if changed["kind"] == SERVICES.kind else self._replicas[service]
        before = len(there)
        there.pop(uid, None)
        if not gone:
            there[uid] = changed
        if there is not self._services:
            self._there += len(there) - before
            self._fleet = max(self._fleet, self._there)
        self._settle(service, now)

    def ended(self, group: Manifest, before: Manifest, now: datetime) -> Iterator[Complaint]:
        """Yield a heal too many that an operator decided on, just after it."""
        uid = service_uid_of(group)
        if uid not in self._services or not self._is_heal(before, self._services[uid]):
            return
        self._begun[uid], self._last[uid] = self._begun.get(uid, 0) + 1, now
        self._settle(uid, now)
        for other in [other for other in self._last if self._lapsed(other, now)]:
            self._forget(other)
        allowed = max(storm.LEAST, self._fleet // storm.SHARE)
        if (total := sum(self._begun.values())) > allowed:
            yield Complaint("storm", f"{group['metadata']['name']} is replaced as one of {total}, {allowed} may be")

    def _is_heal(self, group: Manifest, service: Manifest) -> bool:
        status, revision = service.get("status", {}), group["metadata"]["labels"].get(keys.LABEL_REVISION)
        rolls = not status.get("updateRevision") == status.get("currentRevision") == revision
        moves = group["spec"]["location"] not in {place["location"] for place in service["spec"]["placements"]}
        too_many = len(self._staying(service)) + 1 > service["spec"]["replicas"]
        other = deleting(service) or rolls or moves or too_many or is_true(group, "Drifted")
        return _may_recover(group) and not other

    def _settle(self, uid: str, now: datetime) -> None:
        service = self._services.get(uid)
        if service is None or deleting(service) or (uid in self._last and self._lapsed(uid, now)):
            self._forget(uid)
        elif uid in self._begun:
            counted = sum(is_true(group, "Available") or _may_recover(group) for group in self._staying(service))
            self._begun[uid] = min(self._begun[uid], max(service["spec"]["replicas"] - counted, 0))

    def _lapsed(self, uid: str, now: datetime) -> bool:
        apart = timedelta(seconds=max(self._skews, default=0.0) - min(self._skews, default=0.0))
        return now >= self._last[uid] + storm.PATIENCE - MARGIN - apart

    def _forget(self, uid: str) -> None:
        self._begun.pop(uid, None)
        self._last.pop(uid, None)

    def _staying(self, service: Manifest) -> list[Manifest]:
        return [group for group in self._replicas[service["metadata"]["uid"]].values() if not deleting(group)]


def _may_recover(group: Manifest) -> bool:
    return state(group) == "Failed" and "availableAt" in group["status"]
