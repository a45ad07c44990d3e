"""A rollout that is held, because it is paused or past its deadline: scaling and healing go on with what served before.

Nothing of the update is made and nothing is ended for its sake. Before anything was ever rolled out, nothing is made.
"""

from aci_operator.api.reasons import Reason
from aci_operator.core.service.change import Births, Change, Situation
from aci_operator.core.service.replicas import expendable_first, serves


def change(s: Situation) -> Change:
    """Return growth and heals of the current revision, and the scale-down of whatever is expendable.

    A new replica that is still starting stays, within the surge: it may get well, but nobody counts on it.
    """
    live = sorted(s.replicas.live, key=expendable_first)
    served_before = s.revisions.current.name != s.revisions.update.name
    counted = len(s.outdated) + sum(map(serves, s.updated))
    births: Births = ((s.revisions.current, s.why),) * (s.wanted - counted) if served_before else ()
    surplus = live[: max(len(live) - s.wanted - s.bounds.surge, 0)]
    return Change(births, tuple((group, Reason.SCALING) for group in surplus))
