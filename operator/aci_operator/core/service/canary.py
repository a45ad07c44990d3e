"""The canary: the first replicas of a new revision come alone while an older one serves.

Until they are available, everything else is done with the revision that served before.
"""

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.core.service import why
from aci_operator.core.service.change import Births, Change, Deaths, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import arriving, available, fulfils, proven, serves


def pending(s: Situation) -> bool:
    """Tell whether an older revision serves and the update has not proven itself yet."""
    return sum(map(proven, s.updated)) < s.bounds.canary and any(map(serves, s.older))


def change(s: Situation) -> Change:
    """Return the canary's births, and growth, heals and scale-down of the older revision beside it.

    Without a surge older replicas make room for it. Its size is at most the surge and those that may be missing, so no
    available one goes that is needed. It is the first to get room where the older revision cannot start any more: who
    comes to mend that would never be heard.
    """
    target = s.wanted - max(s.bounds.canary - s.bounds.surge, 0)
    missing = max(target - len(s.predecessors), 0)
    if s.same_revision:  # it moves to another place: what is missing is made there too
        most = min(s.bounds.canary + missing, s.wanted)
        return Change(_canaries(s) + _others(s, most), _deaths(s, target, most))
    older: Births = ((s.revisions.current, why.missing(s)),) * missing
    births = _canaries(s) + older if s.failing == s.revisions.current.name else older + _canaries(s)
    return Change(births, _deaths(s, target, s.bounds.canary))


def _canaries(s: Situation) -> Births:
    return ((s.revisions.update, Reason.CANARY),) * (s.bounds.canary - len(s.updated))


def _others(s: Situation, most: int) -> Births:
    return ((s.revisions.update, why.beside_a_canary(s)),) * (most - max(len(s.updated), s.bounds.canary))


def _deaths(s: Situation, target: int, most: int) -> Deaths:
    """Return the older ones beyond the wanted number and the `target`, or of no use, and updated ones beyond `most`."""
    outdated = expendable_first(s.predecessors, s.replicas.positions)
    too_many = max(len(outdated) - s.wanted, 0)
    rest = outdated[too_many:]
    excess = max(len(rest) - target, 0)
    idle = [group for group in rest if not available(group) and not arriving(group)][:excess]
    serving = [group for group in rest if available(group)]
    spare = max(len(serving) - s.least, 0)  # `excess` has those that arrive
    relieved = serving[: min(excess - len(idle), spare)]
    surplus = outdated[:too_many] + _more_than(most, s, len(serving) - len(relieved))
    return (
        *((group, Reason.SCALING) for group in surplus),
        *((group, why.replaced(s, group)) for group in (*s.abandoned, *idle, *relieved)),
    )


def _more_than(most: int, s: Situation, older_serving: int) -> list[ContainerGroup]:
    """Return the updated replicas beyond `most`: all that serve nobody, and what may serve beyond what is needed.

    That many older ones serve and stay. A revision that had proven itself and then fails as a whole is a canary again,
    in the middle of its rollout.
    """
    updated = expendable_first(s.updated, s.replicas.positions)
    beyond, staying = updated[: max(len(updated) - most, 0)], updated[max(len(updated) - most, 0) :]
    faltering = [group for group in beyond if s.may_serve(group)]
    spare = max(older_serving + sum(map(fulfils, staying)) + len(faltering) - s.least, 0)
    return [group for group in beyond if not s.may_serve(group)] + faltering[:spare]
