"""How many replicas of which revision to create and which to delete: one policy after the other."""

from collections.abc import Sequence

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service import canary, held, recreate, rolling, why
from aci_operator.core.service.change import Change, Deaths, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import ailing, arriving, fulfils, lost, without


def change(s: Situation) -> Change:
    """Return the next change. At most `wanted` and the surge exist by it, and no available one goes that is needed."""
    ended = (*s.replicas.dead, *_relieved(s))
    buried: Deaths = tuple((group, why.buried(group)) for group in ended)
    room = max(s.wanted + s.bounds.surge - s.replicas.holding, 0)
    decided = _policy(s)
    going = buried + decided.delete
    return Change(create=decided.create[:room], delete=going + _over_the_surge(s, going))


def _relieved(s: Situation) -> Sequence[ContainerGroup]:
    """Return the ailing replicas that are not needed: enough others may serve, or as many may be missing.

    The rollout of a Recreate needs none that are outdated, and lets the others wait until these have ended.

    Those that wait for the limit may serve as well as they. Were they not counted, both together could fill the surge,
    and no successor would ever come.
    """
    if recreate.pending(s):
        return recreate.relieved(s)
    least = recreate.spared(s) if s.recreate else s.least
    waiting = sum(map(ailing, s.replicas.limited))
    serving = sum(map(fulfils, s.replicas.live)) + len(s.replicas.ailing) + waiting
    return s.replicas.ailing[: max(serving - least, 0)]


def _over_the_surge(s: Situation, going: Deaths) -> Deaths:
    """Return what is too much and serves nobody, as after a scale-down, or when one that was lost is back.

    Updated ones go even if they may serve at times; older ones that may are left to the policies.
    """
    present = without((*s.replicas.live, *s.replicas.ailing), (group for group, _ in going))
    staying = [group for group in present if not lost(group)]
    updated = {group.metadata.name for group in s.updated}
    idle = [g for g in staying if not fulfils(g) and not arriving(g)]
    expendable = [g for g in idle if g.metadata.name in updated or not s.may_serve(g)]
    excess = max(len(staying) - s.wanted - s.bounds.surge, 0)
    return tuple((group, Reason.SCALING) for group in expendable_first(expendable, s.replicas.positions)[:excess])


def _policy(s: Situation) -> Change:
    if s.held:
        return held.change(s)
    if recreate.pending(s):
        return recreate.change(s)
    if canary.pending(s):
        return canary.change(s)
    return rolling.change(s)
