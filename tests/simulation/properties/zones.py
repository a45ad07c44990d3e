"""Zones of one placement are filled evenly, by the API server's own objects.

A birth goes to a zone that has the fewest replicas of its revision, whatever has become of those that end. It may take
the place of one that ends once it serves: that one counts or does not. At rest they differ by one at most, where
nothing was short and nobody has asked for another number or other places.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from aci_operator.api import keys
from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import LASTS
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.model.manifests import deleting
from tests.model.objects import Change
from tests.model.server import ApiServer
from tests.simulation.properties.departures import Departures, service_uid_of
from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.replicas import is_true
from tests.simulation.wishes import Site, Wish, Wishes

_FULL: Final = {reason.value for reason in LASTS}
_AILING: Final = {Reason.CRASH_LOOPING.value, Reason.NO_IP.value, Reason.STUCK.value}


class Zones:
    """Knows where replicas are, and where there was no room."""

    def __init__(self, cluster: ApiServer, departures: Departures) -> None:
        self._cluster = cluster
        self._departures = departures
        self._wishes = Wishes()
        self._first: dict[str, Wish] = {}
        self._services: dict[str, Manifest] = {}
        self._unsteady: set[str] = set()
        self._short: set[str] = set()

    def heard(self, service: Manifest, now: datetime) -> None:
        """Take in what a service is from now on."""
        uid = service["metadata"]["uid"]
        self._wishes.heard(service, now)
        self._services[uid] = service
        wish = self._wishes.recent(uid, now)[-1]
        first = self._first.setdefault(uid, wish)
        if (first.replicas, first.places) != (wish.replicas, wish.places):
            self._unsteady.add(uid)

    def refused(self, location: str) -> None:
        """Take in that Azure has not made a group there: the operator may go round it for long."""
        self._short.add(location)

    def told(self, change: Change, *, by_others: bool) -> None:
        """Take in what a replica is; `by_others`: it was not an operator who wrote it."""
        group = change.manifest
        if any(c["reason"] in _FULL for c in group.get("status", {}).get("conditions", ())):
            self.refused(group["spec"]["location"])
        if by_others and (change.type == "DELETED" or deleting(group)):
            self._unsteady.add(service_uid_of(group))

    def born(self, group: Manifest, now: datetime) -> Iterator[Complaint]:
        """Yield whether an operator has let a replica be born in a zone that is fuller than another one."""
        uid, spec = service_uid_of(group), group["spec"]
        wishes = self._wishes.recent(uid, now)
        if not spec.get("zone") or spec["location"] in self._short or len({wish.places for wish in wishes}) != 1:
            return
        site = next((site for site in wishes[-1].places if site.takes(group)), None)
        others = [other for other in self._replicas(uid) if other is not group]
        if site is None or len(site.zones) < 2 or any(map(_adopted, (group, *others))):
            return
        service, mates = self._services[uid], [other for other in others if _revision(other) == _revision(group)]
        missed = [other for other in self._departures.recent(uid, now) if _revision(other) == _revision(group)]
        found = [self._uneven(site, group, mates, missed)]
        if any(_leaving(mate, service) for mate in mates):
            staying = [mate for mate in mates if not _leaving(mate, service)]
            found.append(self._uneven(site, group, staying, missed))
        if all(found):
            yield Complaint("zones", f"{group['metadata']['name']} is born {found[-1]}")

    @staticmethod
    def _uneven(site: Site, group: Manifest, mates: Sequence[Manifest], missed: Sequence[Manifest]) -> str:
        """Return in which fuller zone a replica is, beside `mates` and some that are gone; "" when in none."""
        zone = group["spec"]["zone"]
        there = _by_zone(site, (mate for mate in mates if not deleting(mate)))
        known = there + _by_zone(site, missed)
        least = min(site.zones, key=lambda each: known[each])
        if there[zone] <= known[least]:
            return ""
        return f"beside {there[zone]} in zone {zone}, and zone {least} has {known[least]}"

    def at_rest(self) -> Iterator[Complaint]:
        """Yield the services whose replicas are not spread evenly although nothing moves any more."""
        for place, service in self._cluster.objects.everything().items():
            uid = service["metadata"]["uid"]
            if place.resource != SERVICES or uid in self._unsteady or not is_true(service, "Ready"):
                continue
            replicas = self._replicas(uid)
            if any(map(_adopted, replicas)):
                continue
            for site in self._first[uid].places:
                counts = _by_zone(site, (each for each in replicas if site.takes(each)))
                amounts = [counts[zone] for zone in site.zones]
                if site.location not in self._short and max(amounts, default=0) - min(amounts, default=0) > 1:
                    yield Complaint(
                        "zones", f"{place.name} has {dict(counts)} replicas in the zones of {site.location}"
                    )

    def _replicas(self, service_uid: str) -> list[Manifest]:
        everything = self._cluster.objects.everything().items()
        return [m for place, m in everything if place.resource == GROUPS and service_uid_of(m) == service_uid]


def _by_zone(site: Site, groups: Iterable[Manifest]) -> Counter[str]:
    return Counter(each["spec"].get("zone", "") for each in groups if each["spec"]["location"] == site.location)


def _revision(group: Manifest) -> str:
    return str(group["metadata"].get("labels", {}).get(keys.LABEL_REVISION, ""))


def _leaving(group: Manifest, service: Manifest) -> bool:
    """Tell whether a replica serves and will be replaced, by what its object says."""
    reasons = {c["type"]: c["reason"] for c in group.get("status", {}).get("conditions", ())}
    held = service["spec"].get("paused") or is_true(service, "Stalled")
    replaces = service["spec"].get("driftPolicy") == "Replace" and not held
    return (replaces and is_true(group, "Drifted")) or reasons.get("Ready") in _AILING


def _adopted(group: Manifest) -> bool:
    """Tell whether a replica is where its container group was already."""
    return bool(group["metadata"].get("annotations", {}).get(keys.ANNOTATION_REASON) == Reason.ADOPTION)
