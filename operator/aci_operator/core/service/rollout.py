"""Where a service's rollout stands: what its policies look at, and whether it is held."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aci_operator.api.service import Progress
from aci_operator.api.strategy import StrategyType
from aci_operator.core.ownership import revision_of_tags
from aci_operator.core.service import progress, why
from aci_operator.core.service.change import Situation
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import Replicas, fulfils, revision_of
from aci_operator.core.service.revisions import Revisions, rolled_out
from aci_operator.core.service.strategy import Bounds


@dataclass(frozen=True)
class Rollout:
    """A rollout at one moment.

    Attributes:
        situation: For the policies.
        progress: For the status.
        deadline: When the deadline will be over if nothing becomes available before; None while its clock stands still.
        overdue: Whether it is over and not all new replicas are well by now: then the rollout stops, unless there is
            nothing to go back to.
    """

    situation: Situation
    progress: Progress
    deadline: datetime | None
    overdue: bool

    @staticmethod
    def of(o: Observation, replicas: Replicas, revisions: Revisions) -> "Rollout":
        """Look at a service."""
        spec = o.service.spec
        situation = Situation(
            wanted=spec.replicas,
            replicas=replicas,
            revisions=revisions,
            bounds=Bounds.of(spec.strategy, spec.replicas),
            recreate=spec.strategy.type is StrategyType.RECREATE,
            failing=heals.failing if (heals := o.service.status.heals) is not None else None,
            heirs=sum(revision_of_tags(group.tags) == revisions.update.name for group in o.heritage or ()),
        )
        complete = rolled_out(o, replicas, revisions.update)
        now = progress.advance(o.service.status.progress, situation, o.now, complete=complete, paused=spec.paused)
        left = spec.progress_deadline_seconds - progress.elapsed(now, o.now)
        overdue = not now.complete and left <= 0 and not _is_well(situation)
        rolls = not now.complete or bool(situation.older)  # to another place it does without another revision
        held = (spec.paused and rolls) or (overdue and stops(revisions))
        before = o.service.status
        growing, rolling = why.grows(before, situation), why.rolls(before, situation, now)
        return Rollout(
            situation=replace(situation, growing=growing, rolling=rolling, held=held),
            progress=now,
            deadline=o.now + timedelta(seconds=left) if now.running_since is not None and not overdue else None,
            overdue=overdue,
        )


def _is_well(s: Situation) -> bool:
    """Tell whether all new replicas serve, none has failed and none ails: then a deadline that is over stops nothing.

    Beside an ailing one of any revision, new ones that hang make room: that they are gone makes nothing well.
    """
    update = s.revisions.update.name
    fails = s.failing == update or any(revision_of(group) == update for group in s.replicas.dead)
    return not (fails or s.replicas.ailing) and bool(s.updated) and all(map(fulfils, s.updated))


def stops(revisions: Revisions) -> bool:
    """Tell whether a rollout stops at its deadline: not where there is nothing to go back to."""
    return revisions.current.name != revisions.update.name
