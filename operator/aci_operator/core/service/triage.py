"""Which failed replicas are replaced now, and which have to wait."""

from collections.abc import Iterable, Sequence

from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import DriftPolicy
from aci_operator.api.service import Heals
from aci_operator.core.service.backoff import due
from aci_operator.core.service.correction import corrected, scout
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.placement import misplaced, position
from aci_operator.core.service.replicas import (
    Replicas,
    ailing,
    available_since,
    ending,
    fulfils,
    lost,
    replaceable,
    revision_of,
    serial,
    without,
)
from aci_operator.core.service.storm import guarded


def sort(o: Observation, subscription: str, heals: Heals | None) -> Replicas:
    """Sort the groups of a service, in the light of what it remembers of those that failed."""
    spec = o.service.spec
    present = sorted((group for group in o.groups if not ending(group)), key=serial)
    market = o.market(subscription)
    ahead = scout(present, market)
    doomed = [g for g in present if g is ahead or _due(o, g, heals) or corrected(g, spec, market)]
    doomed += _made_up_for(present, doomed, spec.replicas)
    # Those that Azure has given up come first: they recover least.
    risky = sorted(filter(guarded, doomed), key=ailing)
    waiting = risky[_room(o, heals) :] if o.allowance is not None else []
    chosen = without(doomed, waiting)
    live = without(present, chosen)
    positions = {group.metadata.name: position(group, spec) for group in live}
    departing = tuple(g for g in o.groups if ending(g) and not lost(g))
    alive = (*present, *departing)
    replaces = spec.drift_policy is DriftPolicy.REPLACE and not spec.paused
    return Replicas(
        live=tuple(live),
        dead=tuple(group for group in chosen if not ailing(group)),
        ailing=tuple(group for group in chosen if ailing(group)),
        limited=tuple(waiting),
        departing=departing,
        holding=sum(not lost(group) for group in o.groups),
        elsewhere=frozenset(group.metadata.name for group in alive if misplaced(group, spec, subscription)),
        positions={name: index for name, index in positions.items() if index is not None},
        changed=frozenset(group.metadata.name for group in alive if replaces and replaceable(group)),
    )


def _due(o: Observation, group: ContainerGroup, heals: Heals | None) -> bool:
    at = due(group, heals)
    return at is not None and at <= o.now


def _made_up_for(
    present: Sequence[ContainerGroup], doomed: Iterable[ContainerGroup], wanted: int
) -> list[ContainerGroup]:
    """Return those that wait for their back-off though their successors are there: else these would be ended.

    The back-off of one that may serve goes on when another's end is counted as a relapse.
    """
    others = without(present, doomed)
    if not any(map(ailing, others)):
        return []  # as nearly always
    made_up: list[ContainerGroup] = []
    for revision in dict.fromkeys(map(revision_of, others)):
        alike = [group for group in others if revision_of(group) == revision]
        sick = list(filter(ailing, alike))
        well = sum(fulfils(group) or available_since(group) is None for group in alike)
        made_up += sick[: max(len(sick) + well - wanted, 0)]
    return made_up


def _room(o: Observation, heals: Heals | None) -> int:
    """Return how many more replacements may be begun."""
    begun = heals.replacing if heals is not None else 0
    return max((o.allowance or 0) - begun, 0)
