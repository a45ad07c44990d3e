"""What a service has come to by a plan: the turns of a rollout, each told once."""

from collections.abc import Iterator

from aci_operator.api.reasons import Reason
from aci_operator.api.service import ServiceStatus
from aci_operator.core.service.rollout import Rollout
from aci_operator.core.story import Tell


def milestones(before: ServiceStatus, rollout: Rollout) -> Iterator[Tell]:
    """Yield the Events for what has changed since the last status: a rollout began, its canary proved itself, its end.

    The first revision of a service is no rollout: it has nothing to replace.
    """
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
