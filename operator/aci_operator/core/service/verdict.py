"""What to say about a service: one reason and one sentence."""

from collections.abc import Sequence
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Heals
from aci_operator.core.conditions import Verdict, find, reason_of
from aci_operator.core.service import canary
from aci_operator.core.service.backoff import due
from aci_operator.core.service.change import Situation
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import completed, fulfils, ready
from aci_operator.core.service.rollout import Rollout, stops
from aci_operator.core.service.room import waiting
from aci_operator.core.shortage import LASTS

_COMMONPLACE: Final = {Reason.PROGRESSING, Reason.STARTING, Reason.RUNNING, Reason.DELETING, Reason.COMPLETED}
"""Reasons of a replica that say nothing which the counts of the service do not say."""


def judge(
    o: Observation,
    rollout: Rollout,
    staying: Sequence[ContainerGroup],
    heals: Heals | None,
    *,
    complete: bool,
    fresh: int,
    count: int,
) -> Verdict:
    """Return the verdict on a service.

    Args:
        o: The look at it.
        rollout: Where its rollout stands.
        staying: Replicas that are not being deleted.
        heals: What is remembered of the failed ones.
        complete: Whether all is as wanted.
        fresh: Replicas of the update, those to be born included.
        count: All replicas, those to be born included.
    """
    wanted = o.service.spec.replicas
    if complete:
        if wanted == 0:
            return Verdict.fine(Reason.SCALED_TO_ZERO, "no replicas are wanted")
        return Verdict.fine(Reason.READY, f"{wanted} of {wanted} replicas ready")
    progress = f"{sum(map(ready, staying))} of {wanted} replicas ready"
    if rollout.overdue:
        return Verdict.stuck(Reason.DEADLINE_EXCEEDED, _overdue(o, rollout, progress))
    replicas = rollout.situation.replicas
    waits_for = (*staying, *replicas.departing)  # those that end take room until they have ended
    if stuck := told(waits_for, ConditionType.STALLED):
        return Verdict.stuck(reason_of(stuck), f"{progress}; {stuck.message}")
    if replicas.limited:
        number = len(replicas.limited)
        who = "1 failed replica waits" if number == 1 else f"{number} failed replicas wait"
        message = f"{who}: over all services, as many are being replaced as may be"
        return Verdict.underway(Reason.HEAL_LIMIT, f"{progress}; {message}")
    if (held := told(waits_for, ConditionType.RECONCILING)) is not None:
        why, message = reason_of(held), held.message
        if why in LASTS:
            why, message = waiting(o, staying, held, why)
        return Verdict.underway(why, f"{progress}; {message}{_next_try(o, staying, heals)}")
    if (done := sum(map(completed, staying))) and count == wanted == sum(map(fulfils, staying)):
        message = f"{done} completed, and not replaced: restartPolicy is {o.service.spec.template.spec.restart_policy}"
        return Verdict.underway(Reason.COMPLETED, f"{progress}; {message}")
    if o.service.spec.paused and rollout.situation.held:
        return Verdict.underway(Reason.PAUSED, f"{progress}; paused with {fresh} {_new(rollout.situation)}")
    if fresh < count:
        return Verdict.underway(Reason.ROLLING_OUT, f"{progress}; {_rolling(rollout, fresh, count)}")
    reason = Reason.HEALING if replicas.dead or replicas.ailing else Reason.SCALING
    return Verdict.underway(reason, progress)


def _rolling(rollout: Rollout, fresh: int, count: int) -> str:
    situation = rollout.situation
    if not situation.recreate and canary.pending(situation):
        whose = "in its new place" if situation.same_revision else f"of {situation.revisions.update.name}"
        if not fresh and (ends := len(situation.replicas.departing)):
            return f"waits for {ends} to end, whose room the canary needs"
        return f"waits for the canary: {situation.bounds.canary} {whose} must be available"
    rest = f", {count - fresh} more to end" if fresh >= situation.wanted else ""
    return f"{fresh} of {situation.wanted} are {_new(situation)}{rest}"


def _new(situation: Situation) -> str:
    return "as the spec wants them" if situation.same_revision else "of the new revision"


def _next_try(o: Observation, staying: Sequence[ContainerGroup], heals: Heals | None) -> str:
    moments = [due(group, heals) for group in staying]
    later = min((moment for moment in moments if moment is not None and moment > o.now), default=None)
    return f"; the next try is at {later:%H:%M:%S} UTC" if later is not None else ""


def _overdue(o: Observation, rollout: Rollout, progress: str) -> str:
    seconds, metadata = o.service.spec.progress_deadline_seconds, o.service.metadata
    late = f"{progress}; no new replica of {rollout.progress.revision} became available within {seconds} s"
    if not stops(rollout.situation.revisions):
        return f"{late}; it is tried further, since there is nothing to go back to: correct the template"
    # Who copies this may be in another namespace, where a service of the same name can be.
    undo = f"aci-operator rollout undo {metadata.name} -n {metadata.namespace}"
    return f"{late}, so no more are made: correct the template, or go back by `{undo}`"


def told(groups: Sequence[ContainerGroup], kind: ConditionType) -> Condition | None:
    """Return the first condition of a type that is True and says more than the counts do."""
    conditions = (find(group.status.conditions, kind) for group in groups)
    return next((c for c in conditions if c is not None and c.status == "True" and c.reason not in _COMMONPLACE), None)
