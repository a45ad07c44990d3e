"""The canary: the first replicas of a new revision come alone while an older one serves.

Until they are available, everything else is done with the revision that served before.
"""

from collections.abc import Sequence

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import available, completed, fulfils, serves


def pending(s: Situation) -> bool:
    """Tell whether an older revision serves and the update has not proven itself yet."""
    proven = sum(serves(group) or completed(group) for group in s.updated)
    return proven < s.bounds.canary and any(map(serves, s.older))


def change(s: Situation) -> Change:
    """Return the canary's births, and growth, heals and scale-down of the older revision beside it.

    Without a surge older replicas make room for it. Its size is at most the surge and those that may be missing, so no
    available one goes that is needed.
    """
    updated, outdated = (
        expendable_first(s.updated, s.replicas.positions),
        expendable_first(s.outdated, s.replicas.positions),
    )
    target = s.wanted - max(s.bounds.canary - s.bounds.surge, 0)
    missing = max(target - len(outdated), 0)
    moves = s.revisions.current.name == s.revisions.update.name  # to another place: what is missing is made there too
    most = s.bounds.canary + (missing if moves else 0)
    grown = () if moves else ((s.revisions.current, s.why),) * missing
    canaries = max(s.bounds.canary - len(updated), 0)
    first = ((s.revisions.update, Reason.CANARY),) * canaries
    first += ((s.revisions.update, s.why),) * (most - len(updated) - canaries)
    too_many = max(len(outdated) - s.wanted, 0)
    rest = outdated[too_many:]
    excess = max(len(rest) - target, 0)
    idle = [group for group in rest if not available(group)][:excess]
    serving = [group for group in rest if available(group)][: excess - len(idle)]
    surplus = outdated[:too_many] + _beyond(s, updated, most, sum(map(available, rest)) - len(serving))
    return Change(
        create=grown + first,
        delete=tuple((group, Reason.SCALING) for group in surplus)
        + tuple((group, s.why_replaced(group)) for group in idle + serving),
    )


def _beyond(s: Situation, updated: Sequence[ContainerGroup], most: int, serving: int) -> list[ContainerGroup]:
    """Return the updated replicas beyond the `most`: those that serve nobody, and the others as far as enough serve.

    `updated` has first what is expendable; `serving` outdated ones are available and stay. A revision that had proven
    itself and then fails as a whole is a canary again, in the middle of its rollout.
    """
    kept = min(most, len(updated))
    beyond, staying = updated[: len(updated) - kept], updated[len(updated) - kept :]
    faltering = [group for group in beyond if s.may_serve(group)]
    least = s.wanted - s.bounds.unavailable
    spare = max(serving + sum(map(fulfils, staying)) + len(faltering) - least, 0)
    return [group for group in beyond if not s.may_serve(group)] + faltering[:spare]
