"""Why replicas are made and replaced, where that is not plain.

It is told in the log, the Event and the metric; and what ends for HEALING counts as a heal.
"""

from collections.abc import Sequence

from aci_operator.api.base import ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Progress, ServiceStatus
from aci_operator.core.conditions import find
from aci_operator.core.service.change import Situation
from aci_operator.core.service.replicas import proven, roomless


def grows(before: ServiceStatus, s: Situation) -> bool:
    """Tell whether more are wanted than ever served together, and than the last plan was for without its surge."""
    surge = min(len(_unproven(s)), s.bounds.surge) if s.older else 0
    return before.established_replicas < s.wanted and before.replicas - surge < s.wanted


def rolls(before: ServiceStatus, s: Situation, now: Progress) -> bool:
    """Tell whether replicas are being replaced that are not as wanted, or were until the missing ones are there."""
    unfinished = not now.complete and (not s.same_revision or s.revisions.previous is not None)
    departing = any(not s.replicas.is_updated(group, s.revisions.update.name) for group in s.replicas.departing)
    ready = find(before.conditions, ConditionType.READY)
    under_way = ready is not None and ready.reason == Reason.ROLLING_OUT
    return unfinished or bool(s.outdated) or departing or under_way


def missing(s: Situation) -> Reason:
    """Return why a replica that is missing is made, where no rollout asks for it."""
    if s.growing:
        return Reason.SCALING
    dead = s.replicas.dead
    return Reason.PLACEMENT if dead and all(map(roomless, dead)) else Reason.HEALING


def beside_a_canary(s: Situation) -> Reason:
    """Return why one more of the update's revision is made beside a canary that moves to another place."""
    short = s.growing or s.replicas.dead or sum(map(proven, s.replicas.live)) < s.wanted
    return missing(s) if short else Reason.ROLLING_OUT


def updated(s: Situation, count: int) -> list[Reason]:
    """Return why so many replicas of the update are made, past its canary; heals come first."""
    if s.outdated:
        return [Reason.ROLLING_OUT if s.older else Reason.DRIFTED] * count
    heals = min(len(s.replicas.dead), count) if s.rolling else count
    return [missing(s)] * heals + [Reason.ROLLING_OUT] * (count - heals)


def buried(group: ContainerGroup) -> Reason:
    """Return why a replica that is of use to nobody is replaced: it failed, or would do better elsewhere."""
    return Reason.PLACEMENT if roomless(group) else Reason.HEALING


def replaced(s: Situation, group: ContainerGroup) -> Reason:
    """Return why an outdated replica is replaced."""
    return Reason.ROLLING_OUT if s.is_older(group) else Reason.DRIFTED


def _unproven(s: Situation) -> Sequence[ContainerGroup]:
    """Return the replicas of the update that have not proven themselves, the failed ones included."""
    update, there = s.revisions.update.name, (*s.replicas.live, *s.replicas.ailing, *s.replicas.dead)
    return [group for group in there if not s.replicas.is_older(group, update) and not proven(group)]
