"""What a service has come to by a plan: the turns of a rollout, and its pauses, each told once."""

from collections.abc import Iterator
from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import is_true
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.rollout import Rollout
from aci_operator.core.story import Tell

PAUSED: Final = "spec.paused is true: no replica of a new revision is made, and none moves"


def milestones(o: Observation, rollout: Rollout) -> Iterator[Tell]:
    """Yield the Events for what has changed since the last status: a rollout began, its canary proved itself, its end.

    The first revision of a service is no rollout: it has nothing to replace.
    """
    before = o.service.status
    suspended = is_true(before.conditions, ConditionType.SUSPENDED)
    if o.service.spec.paused and not suspended:
        yield Tell(Reason.PAUSED, PAUSED)
    if suspended and not o.service.spec.paused:
        yield Tell(Reason.RESUMED, "spec.paused is false: rollouts go on")
    revisions, now = rollout.situation.revisions, rollout.progress
    update, served = revisions.update, before.current_revision
    begins = before.update_revision not in {None, update.name}
    if begins:
        yield Tell(Reason.ROLLOUT_STARTED, f"rolling out revision {update.number} ({update.name})")
    known = before.progress if before.progress is not None and before.progress.revision == update.name else None
    canary = rollout.situation.bounds.canary
    proven = known is not None and known.available < canary <= now.available
    if proven and rollout.situation.older:
        yield Tell(
            Reason.CANARY_AVAILABLE,
            f"{canary} of revision {update.number} ({update.name}) available: the others follow",
        )
    forth = served not in {None, update.name} and (known is None or not known.complete)
    back = revisions.previous is not None and (begins or (known is not None and not known.complete))
    if now.complete and (forth or back):
        yield Tell(Reason.ROLLED_OUT, f"revision {update.number} ({update.name}) is rolled out")
