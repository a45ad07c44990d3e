"""A rollout that is held, because it is paused or past its deadline: scaling and healing go on with what served before.

Nothing of the update is made and nothing is ended for its sake. Paused before anything has served, nothing is made,
and what an earlier service of this name has left is taken over.
"""

from collections.abc import Sequence

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service import recreate, why
from aci_operator.core.service.change import Births, Change, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import completed, lost, proven, without
from aci_operator.core.service.storm import guarded


def change(s: Situation) -> Change:
    """Return growth and heals of the current revision, and a scale-down of either revision to the wanted number.

    Both together may use the surge, as they do when a rollout stops in its middle. So a new replica that is still
    starting may stay and get well, but nobody counts on it. It goes where its room is needed: for the successor of an
    ailing one, or where fewer would serve than must. Not for one of its own revision, which would have to go just so.
    """
    births = _births(s)
    surplus = [*_too_many(s, s.outdated), *_too_many(s, s.updated)]
    superseded = without(_superseded(s), surplus)[: len(births)]
    there = [group for group in s.replicas.live if not lost(group)]
    staying = without(expendable_first(there, s.replicas.positions), [*surplus, *superseded])
    room = s.wanted + s.bounds.surge - len(staying)
    excess = max(-room, 0)
    surplus += staying[:excess]
    displaced = _displaced(s, staying[excess:], len(births), max(room - len(s.replicas.ailing), 0))
    return Change(
        births,
        tuple((group, Reason.SCALING) for group in surplus)
        + tuple((group, Reason.HEALING) for group in (*superseded, *displaced)),
    )


def _too_many(s: Situation, groups: Sequence[ContainerGroup]) -> list[ContainerGroup]:
    return expendable_first(groups, s.replicas.positions)[: max(len(groups) - s.wanted, 0)]


def _displaced(s: Situation, staying: Sequence[ContainerGroup], births: int, free: int) -> list[ContainerGroup]:
    """Return the new replicas whose room the births need, of those that are of no use yet.

    Where nothing ails, births for which there is room `free` may be enough. Never all of them go then: with none left
    that hangs, the rollout would be well, and go on.
    """
    if s.same_revision:
        return []
    useful = [group for group in s.updated if s.may_serve(group) or completed(group) or guarded(group)]
    idle = without(staying, [*s.outdated, *useful])
    needed = births - free
    if not s.replicas.ailing:
        needed = min(needed, s.least - (len(staying) - len(idle)) - free)
    return idle[: max(needed, 0)]


def _births(s: Situation) -> Births:
    current = s.revisions.current
    if s.same_revision and not s.revisions.has_served:
        return ((current, why.missing(s)),) * min(s.heirs, s.wanted - len(s.updated))
    if s.recreate and not recreate.alone(s, current):
        return ()
    return ((current, why.missing(s)),) * (s.wanted - _standing(s))


def _standing(s: Situation) -> int:
    """Return how many stand for one: of what served before all that are of some use, of others those that serve."""
    if s.same_revision:
        return len(s.updated) + sum(map(proven, s.outdated))
    return len(without(s.outdated, _superseded(s))) + sum(map(proven, s.updated))


def _superseded(s: Situation) -> Sequence[ContainerGroup]:
    """Return what makes room, since it stands for nobody: not what has served, which waits for a heal of its own."""
    return [group for group in s.abandoned if not guarded(group)]
