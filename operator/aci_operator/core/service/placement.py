"""Where replicas are born, and in which order they go: places in order of preference, zones evenly within one."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import NetworkType, Placement
from aci_operator.api.reasons import State
from aci_operator.api.service import ServiceSpec
from aci_operator.core.revision import Revision
from aci_operator.core.service.market import JOINT, Market, Place
from aci_operator.core.service.replicas import ailing, available, revision_of, serial
from aci_operator.core.shortage import Size, where


def assign(
    births: Iterable[Revision], present: Iterable[ContainerGroup], market: Market, *, leaving: Collection[str] = ()
) -> list[Place]:
    """Return the place of each birth.

    It is the emptiest zone of the first placement with room, by replicas of the same revision that are to stay, then by
    all: those that a rollout or a replacement takes away must leave the others spread evenly. Where all are short it
    waits in the place that has room again first. Where it would be if all had room, it passes over.

    Args:
        births: Their revisions.
        present: The replicas that are there when they are born.
        market: Where there may be room.
        leaving: Names of those present that end as soon as the births serve.
    """
    crowd = _Crowd(present, leaving)
    beside = {place: places for places in reversed(market.places()) for place in places}
    options: dict[str, tuple[Size, list[Place]]] = {}
    notes: dict[tuple[str, Place, Place], str] = {}
    chosen: list[Place] = []
    for revision in births:
        name = revision.name
        if name not in options:
            size = Size.of(revision.data.template.spec)
            options[name] = size, market.free(size) or [market.soonest(size)]
        size, places = options[name]
        place = crowd.emptiest(places, name)
        rather = crowd.emptiest(beside[place], name)
        if (name, place, rather) not in notes:
            notes[name, place, rather] = market.passed_over(place, rather, size)
        crowd.add(place, name)
        chosen.append(replace(place, passed_over=notes[name, place, rather]))
    return chosen


class _Crowd:
    """How many replicas there are in each zone."""

    def __init__(self, present: Iterable[ContainerGroup], leaving: Collection[str]) -> None:
        self._alike: Counter[tuple[str, str, str | None]] = Counter()
        self._all: Counter[tuple[str, str | None]] = Counter()
        for group in present:
            place = (group.spec.location, group.spec.zone)
            self._all[place] += 1
            if group.metadata.name not in leaving:
                self._alike[revision_of(group), *place] += 1

    def emptiest(self, places: Iterable[Place], revision: str) -> Place:
        """Return the place with the fewest of a revision, then of all."""
        return min(
            places, key=lambda it: (self._alike[revision, it.location, it.zone], self._all[it.location, it.zone])
        )

    def add(self, place: Place, revision: str) -> None:
        """Count one more."""
        self._alike[revision, place.location, place.zone] += 1
        self._all[place.location, place.zone] += 1


def passed_over(groups: Sequence[ContainerGroup], spec: ServiceSpec) -> list[str]:
    """Return where there was no room when replicas were made that would be better there by the spec, and why, in words.

    Better is an earlier placement, or a zone that would have fewer replicas even with one more.
    """
    crowd = Counter((group.spec.location, group.spec.zone) for group in groups)
    told: dict[str, None] = {}
    for group in groups:
        noted, index = group.metadata.annotations.get(keys.ANNOTATION_PASSED_OVER), position(group, spec)
        if noted is None or index is None:
            continue
        own, full = spec.placements[index], crowd[group.spec.location, group.spec.zone]
        better = {where(it.location, zone) for it in spec.placements[:index] for zone in (None, *it.zones)}
        better |= {where(own.location, zone) for zone in own.zones if crowd[own.location, zone] + 1 < full}
        told |= dict.fromkeys(it for it in noted.split(JOINT) if it.partition(" in ")[2] in better)
    return list(told)


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
