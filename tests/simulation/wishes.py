"""What services asked for in the last minute: so long may a decision still be carried out that an earlier spec led to.

Amounts are counted as a Deployment counts them.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from aci_operator.kube.api import Manifest

UNDER_WAY: Final = timedelta(seconds=60)


class Site(NamedTuple):
    """One placement; without zones any will do, without a subnet too."""

    location: str
    zones: tuple[str, ...]
    subnet: str | None

    def takes(self, group: Manifest) -> bool:
        """Tell whether a replica is there."""
        spec = group["spec"]
        zone, subnet = spec.get("zone"), spec.get("network", {}).get("subnetId")
        within = not zone or not self.zones or zone in self.zones
        same = subnet is None or self.subnet is None or subnet.lower() == self.subnet.lower()
        return spec["location"] == self.location and within and same


class Wish(NamedTuple):
    """What one spec comes to. An amount that may be missing is rounded down, and at least one may be."""

    replicas: int
    surge: int
    canary: int
    recreate: bool
    paused: bool
    scope: tuple[str | None, str]
    places: tuple[Site, ...]

    def has(self, group: Manifest) -> bool:
        """Tell whether a replica is in a place where the spec wants some."""
        subscription, resource_group = _scope(group["spec"])
        if resource_group != self.scope[1] or self.scope[0] not in (None, subscription):
            return False
        return any(site.takes(group) for site in self.places)


class Wishes:
    """The recent wishes of every service."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[datetime, Wish]]] = defaultdict(list)

    def heard(self, service: Manifest, now: datetime) -> None:
        """Take in what a service is from now on."""
        known, wish = self._known[service["metadata"]["uid"]], _wish(service["spec"])
        if not known or known[-1][1] != wish:
            known.append((now, wish))

    def recent(self, uid: str, now: datetime) -> list[Wish]:
        """Return what a decision may still follow, the latest last."""
        known = self._known[uid]
        while len(known) > 1 and known[1][0] <= now - UNDER_WAY:
            del known[0]
        return [wish for _, wish in known]


def most(wishes: Iterable[Wish]) -> int:
    """Return the most replicas that any of them allows to exist."""
    return max((wish.replicas + wish.surge for wish in wishes), default=0)


def _wish(spec: dict[str, Any]) -> Wish:
    replicas, strategy = int(spec["replicas"]), spec.get("strategy", {})
    recreate = strategy.get("type") == "Recreate"
    block = strategy.get("rollingUpdate") or {}
    surge = _amount(block.get("maxSurge", 1), replicas, up=True)
    unavailable = min(_amount(block.get("maxUnavailable", 0), replicas, up=False), replicas)
    if surge == unavailable == 0:
        unavailable = 1
    canary = min(_amount(block.get("canary", 1), replicas, up=True), replicas, surge + unavailable)
    return Wish(
        replicas,
        0 if recreate else surge,
        0 if recreate else canary,
        recreate,
        bool(spec.get("paused", False)),
        _scope(spec),
        tuple(_site(place, spec.get("network", {})) for place in spec["placements"]),
    )


def _site(place: dict[str, Any], network: dict[str, Any]) -> Site:
    private = network.get("type") == "Private"
    subnet = (place.get("subnetId") or network.get("subnetId")) if private else None
    return Site(place["location"], tuple(place.get("zones", ())), subnet)


def _scope(spec: dict[str, Any]) -> tuple[str | None, str]:
    """Return subscription, None for the operator's default, and resource group: Azure does not tell cases apart."""
    subscription = spec.get("subscriptionId")
    return subscription and subscription.lower(), spec["resourceGroup"].lower()


def _amount(amount: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(amount, int):
        return amount
    share = int(amount.rstrip("%")) * replicas
    return -(-share // 100) if up else share // 100
