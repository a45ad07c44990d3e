"""A rollout that is held, because it is paused or past its deadline: scaling and healing go on with what served before.

Nothing of the update is made and nothing is ended for its sake. Before anything was ever rolled out, nothing is made.
"""

from aci_operator.api.reasons import Reason
from aci_operator.core.service.change import Births, Change, Situation
from aci_operator.core.service.placement import expendable_first
from aci_operator.core.service.replicas import serves


def change(s: Situation) -> Change:
    """Return growth and heals of the current revision, and the scale-down of whatever is expendable.

    A new replica that is still starting stays, within the surge: it may get well, but nobody counts on it, and it goes
    where an ailing replica needs its room for a successor.
    """
    live = expendable_first(s.replicas.live, s.replicas.positions)
    served_before = s.revisions.current.name != s.revisions.update.name
    counted = len(s.outdated) + sum(map(serves, s.updated))
    births: Births = ((s.revisions.current, s.why),) * (s.wanted - counted) if served_before else ()
    room = s.wanted + s.bounds.surge - len(live)
    surplus = live[: max(-room, 0)]
    left = max(room - len(s.replicas.ailing), 0)
    idle = [group for group in live if group in s.updated and not serves(group)] if s.replicas.ailing else []
    displaced = [group for group in idle[: max(len(births) - left, 0)] if group not in surplus]
    return Change(
        births,
        tuple((group, Reason.SCALING) for group in surplus) + tuple((group, Reason.HEALING) for group in displaced),
    )
