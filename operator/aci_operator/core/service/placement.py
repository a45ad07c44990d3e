"""Where replicas are born, and in which order they go: places in order of preference, zones evenly within one."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import NetworkType, Placement
from aci_operator.api.reasons import State
from aci_operator.api.service import ServiceSpec
from aci_operator.core.revision import Revision
from aci_operator.core.service.replicas import ailing, available, revision_of, serial
from aci_operator.core.shortage import Shortage, Size, where


@dataclass(frozen=True)
class Place:
    """A place for one replica.

    Attributes:
        zone: None leaves it to Azure.
        subnet_id: Goes before the one of the network, for a Private one.
    """

    location: str
    zone: str | None = None
    subnet_id: str | None = None

    def __str__(self) -> str:
        return where(self.location, self.zone)


@dataclass(frozen=True)
class Market:
    """Where there may be room.

    Attributes:
        placements: In order of preference.
        subscription: Of the replicas.
        shortages: Those that are not over.
        doubted: Those that are over, but where nobody has found room since.
    """

    placements: Sequence[Placement]
    subscription: str
    shortages: Sequence[Shortage] = ()
    doubted: Sequence[Shortage] = ()

    def places(self) -> list[list[Place]]:
        """Return the places of each placement."""
        return [[Place(it.location, zone, it.subnet_id) for zone in it.zones or (None,)] for it in self.placements]

    def short(self, place: Place, size: Size) -> list[Shortage]:
        """Return why a group of a size has no room in a place."""
        return [it for it in self.shortages if it.covers(self.subscription, place.location, place.zone, size)]

    def free(self, size: Size) -> list[Place]:
        """Return the places of the first placement that has room; none when all are short."""
        left = ([place for place in places if not self.short(place, size)] for places in self.places())
        return next((places for places in left if places), [])

    def passed_over(self, size: Size) -> str:
        """Return which places a group of a size is kept from and why, in words; "" for none, or while all are short.

        Those are the placements before the first with room, and the zones of that one that are short.
        """
        listed = self.places()
        full = sum(1 for _ in takewhile(lambda places: all(self.short(it, size) for it in places), listed))
        if full == len(listed):
            return ""
        shortages = (it for places in listed[: full + 1] for place in places for it in self.short(place, size))
        return " and ".join(dict.fromkeys(f"{it.reason} in {where(it.location, it.zone)}" for it in shortages))

    def sure(self, size: Size) -> bool:
        """Tell whether there is a place with room that is not in doubt."""
        return bool(replace(self, shortages=(*self.shortages, *self.doubted)).free(size))

    def found(self, location: str, zone: str | None) -> Place:
        """Return the place of a group that is in Azure already.

        A LIST shows no subnet, and a private group must name one: that of the placement which fits best.
        """
        best = max(self.placements, key=lambda it: (it.location == location, not it.zones or zone in it.zones))
        return Place(location, zone, best.subnet_id)

    def soonest(self, size: Size) -> Place:
        """Return the place whose shortages end first."""

        def ends(place: Place) -> datetime:
            return max(shortage.until for shortage in self.short(place, size))

        return min((place for places in self.places() for place in places), key=ends)


def assign(
    births: Iterable[Revision], present: Iterable[ContainerGroup], market: Market, *, leaving: Collection[str] = ()
) -> list[Place]:
    """Return the place of each birth.

    It is the emptiest zone of the first placement with room, by replicas of the same revision that are to stay, then by
    all: those that a rollout or a replacement takes away must leave the others spread evenly. Where all are short it
    waits in the place that has room again first.

    Args:
        births: Their revisions.
        present: The replicas that are there when they are born.
        market: Where there may be room.
        leaving: Names of those present that end as soon as the births serve.
    """
    living = list(present)
    staying = (group for group in living if group.metadata.name not in leaving)
    alike = Counter((revision_of(group), group.spec.location, group.spec.zone) for group in staying)
    everyone = Counter((group.spec.location, group.spec.zone) for group in living)
    options: dict[str, list[Place]] = {}
    chosen: list[Place] = []
    for revision in births:
        if revision.name not in options:
            size = Size.of(revision.data.template.spec)
            options[revision.name] = market.free(size) or [market.soonest(size)]
        place = min(
            options[revision.name],
            key=lambda it: (alike[revision.name, it.location, it.zone], everyone[it.location, it.zone]),
        )
        alike[revision.name, place.location, place.zone] += 1
        everyone[place.location, place.zone] += 1
        chosen.append(place)
    return chosen


def position(group: ContainerGroup, spec: ServiceSpec) -> int | None:
    """Return which placement a replica is in; None when it is in none of them.

    A replica without a zone may stay where zones are asked for now, and any zone is one of a placement without zones:
    asking for zones moves nothing that runs.
    """
    return next((index for index, placement in enumerate(spec.placements) if _within(group, placement, spec)), None)


def _within(group: ContainerGroup, placement: Placement, spec: ServiceSpec) -> bool:
    made = group.spec
    subnet = placement.subnet_id or spec.network.subnet_id
    private = made.network.type is NetworkType.PRIVATE and spec.network.type is NetworkType.PRIVATE
    return (
        made.location == placement.location
        and (made.zone is None or not placement.zones or made.zone in placement.zones)
        and (not private or (made.network.subnet_id or "").lower() == (subnet or "").lower())
    )


def misplaced(group: ContainerGroup, spec: ServiceSpec, subscription: str) -> bool:
    """Tell whether a replica is where the service wants none: its place was taken out, or an earlier service had it.

    Azure does not tell cases apart in names of subscriptions and resource groups.
    """
    scope = (group.spec.subscription_id.lower(), group.spec.resource_group.lower())
    return scope != (subscription.lower(), spec.resource_group.lower()) or position(group, spec) is None


def expendable_first(groups: Iterable[ContainerGroup], positions: Mapping[str, int]) -> list[ContainerGroup]:
    """Return replicas in the order of a scale-down.

    Nothing of ours in Azure, never ready, given up by Azure, faltering, available; of these last placement, fullest
    zone, newest.

    Args:
        groups: The replicas; a zone is as full as it is of these.
        positions: Their placements, by name; those in none of them go before those in the last.
    """
    left = sorted(groups, key=serial)
    nowhere = len(left) + len(positions)
    tiers: dict[tuple[int, int], list[ContainerGroup]] = {}
    for group in left:
        tier = (_rank(group), -positions.get(group.metadata.name, nowhere))
        tiers.setdefault(tier, []).append(group)
    fullness = Counter((group.spec.location, group.spec.zone) for group in left)
    order: list[ContainerGroup] = []
    for tier in sorted(tiers):
        zones: dict[tuple[str, str | None], list[ContainerGroup]] = {}
        for group in tiers[tier]:
            zones.setdefault((group.spec.location, group.spec.zone), []).append(group)
        while zones:
            fullest = max(zones, key=lambda zone: (fullness[zone], serial(zones[zone][-1])))
            order.append(zones[fullest].pop())
            fullness[fullest] -= 1
            if not zones[fullest]:
                del zones[fullest]
    return order


def _rank(group: ContainerGroup) -> int:
    status = group.status
    if status.state is State.PENDING or (status.requested_at is None and status.accepted_at is None):
        return 0
    if status.ready_at is None:
        return 1
    if available(group):
        return 4
    return 2 if status.failed_at is not None and not ailing(group) else 3
