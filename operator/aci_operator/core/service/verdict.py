"""What to say about a service: one reason and one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals
from aci_operator.core.conditions import Verdict, find, reason_of
from aci_operator.core.service import canary
from aci_operator.core.service.backoff import due
from aci_operator.core.service.change import Situation
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.placement import passed_over
from aci_operator.core.service.replicas import completed, fulfils, ready
from aci_operator.core.service.rollout import Rollout, stops
from aci_operator.core.service.room import waiting
from aci_operator.core.shortage import LASTS

_COMMONPLACE: Final = {
    Reason.PROGRESSING,
    Reason.STARTING,
    Reason.RESTARTING,
    Reason.RUNNING,
    Reason.DELETING,
    Reason.COMPLETED,
}
"""Reasons of a replica that say nothing, or little, which the counts of the service do not say."""


@dataclass(frozen=True)
class Outlook:
    """A service as it is once the plan is carried out.

    Attributes:
        seen: The look at it that the plan is from.
        rollout: Where its rollout stands.
        staying: Replicas that are not being deleted.
        heals: What is remembered of the failed ones.
        count: All replicas, those to be born included.
        fresh: Those of the update, those to be born included.
        complete: Whether all is as wanted.
    """

    seen: Observation
    rollout: Rollout
    staying: Sequence[ContainerGroup]
    heals: Heals | None
    count: int
    fresh: int
    complete: bool

    @property
    def wanted(self) -> int:
        """Replicas by the spec."""
        return self.seen.service.spec.replicas

    @property
    def progress(self) -> str:
        """How many of them are ready, in words."""
        return f"{sum(map(ready, self.staying))} of {self.wanted} replicas ready"

    @property
    def waits_for(self) -> Sequence[ContainerGroup]:
        """The replicas that it may have to wait for: those that end take room until they have ended.

        What one of these said before it was to end is no longer of interest.
        """
        departing = self.rollout.situation.replicas.departing
        return (*self.staying, *(group for group in departing if group.status.state is State.DELETING))

    def underway(self, reason: Reason, *words: str) -> Verdict:
        """Return a verdict that it gets there by itself."""
        return Verdict.underway(reason, "; ".join((self.progress, *words)))


def judge(it: Outlook) -> Verdict:
    """Return the verdict on a service: the first that holds, of what matters most to a reader."""
    looks = (_complete, _overdue, _stuck, _limited, _held, _paused, _completed, _rolling, _restarting)
    return next(filter(None, (look(it) for look in looks)), _changing(it))


def _complete(it: Outlook) -> Verdict | None:
    if not it.complete:
        return None
    if it.wanted == 0:
        return Verdict.fine(Reason.SCALED_TO_ZERO, "no replicas are wanted")
    told = passed_over(it.staying, it.seen.service.spec)
    where = [f"passed over: {'; '.join(told)}"] if told else []
    return Verdict.fine(Reason.READY, "; ".join((it.progress, *where)))


def _overdue(it: Outlook) -> Verdict | None:
    if not it.rollout.overdue:
        return None
    spec, metadata = it.seen.service.spec, it.seen.service.metadata
    revision, seconds = it.rollout.progress.revision, spec.progress_deadline_seconds
    late = f"{it.progress}; no new replica of {revision} became available within {seconds} s"
    # Who copies this may be in another namespace, where a service of the same name can be.
    undo = f"aci-operator rollout undo {metadata.name} -n {metadata.namespace}"
    what = (
        f", so no more are made: correct the template, or go back by `{undo}`"
        if stops(it.rollout.situation.revisions)
        else "; it is tried further, since there is nothing to go back to: correct the template"
    )
    return Verdict.stuck(Reason.DEADLINE_EXCEEDED, late + what)


def _stuck(it: Outlook) -> Verdict | None:
    stuck = told(it.waits_for, ConditionType.STALLED)
    return Verdict.stuck(reason_of(stuck), f"{it.progress}; {stuck.message}") if stuck else None


def _limited(it: Outlook) -> Verdict | None:
    number = len(it.rollout.situation.replicas.limited)
    if not number:
        return None
    who = "1 failed replica waits" if number == 1 else f"{number} failed replicas wait"
    return it.underway(Reason.HEAL_LIMIT, f"{who}: over all services, as many are being replaced as may be")


def _held(it: Outlook) -> Verdict | None:
    held = told(it.waits_for, ConditionType.RECONCILING)
    if held is None:
        return None
    why, message = reason_of(held), held.message
    if why in LASTS:
        why, message = waiting(it.seen, it.staying, held, why)
    alike = [group for group in it.staying if (said := _said(group)) is not None and said.reason == held.reason]
    moments = [due(group, it.heals) for group in alike]
    later = min((moment for moment in moments if moment is not None and moment > it.seen.now), default=None)
    tries = [f"the next try is at {later:%H:%M:%S} UTC"] if later is not None else []
    return it.underway(why, message, *tries)


def _completed(it: Outlook) -> Verdict | None:
    done = sum(map(completed, it.staying))
    if not done or not it.count == it.wanted == sum(map(fulfils, it.staying)):
        return None
    policy = it.seen.service.spec.template.spec.restart_policy
    return it.underway(Reason.COMPLETED, f"{done} completed, and not replaced: restartPolicy is {policy}")


def _paused(it: Outlook) -> Verdict | None:
    if not (it.seen.service.spec.paused and it.rollout.situation.held):
        return None
    return it.underway(Reason.PAUSED, f"paused with {it.fresh} {_new(it.rollout.situation)}")


def _rolling(it: Outlook) -> Verdict | None:
    situation = it.rollout.situation
    if it.fresh >= it.count and not situation.rolling:
        return None
    if not situation.recreate and canary.pending(situation):
        whose = "in its new place" if situation.same_revision else f"of {situation.revisions.update.name}"
        words = f"waits for the canary: {situation.bounds.canary} {whose} must be available"
        if not it.fresh and (ends := len(situation.replicas.departing)):
            words = f"waits for {ends} to end, whose room the canary needs"
    else:
        rest = f", {it.count - it.fresh} more to end" if it.count > it.fresh >= it.wanted else ""
        words = f"{it.fresh} of {it.wanted} are {_new(situation)}{rest}"
    return it.underway(Reason.ROLLING_OUT, words, *_crashes(it))


def _restarting(it: Outlook) -> Verdict | None:
    crashes = _crashes(it)
    return it.underway(Reason.RESTARTING, *crashes) if crashes else None


def _changing(it: Outlook) -> Verdict:
    replicas = it.rollout.situation.replicas
    return it.underway(Reason.HEALING if replicas.dead or replicas.ailing else Reason.SCALING)


def _crashes(it: Outlook) -> list[str]:
    """Return what the first replica says that is started again after a crash, if there is one."""
    told = map(_said, it.staying)
    return [said.message for said in told if said is not None and said.reason == Reason.RESTARTING][:1]


def _said(group: ContainerGroup) -> Condition | None:
    return find(group.status.conditions, ConditionType.RECONCILING)


def _new(situation: Situation) -> str:
    return "as the spec wants them" if situation.same_revision else "of the new revision"


def told(groups: Sequence[ContainerGroup], kind: ConditionType) -> Condition | None:
    """Return the first condition of a type that is True and says more than the counts do."""
    conditions = (find(group.status.conditions, kind) for group in groups)
    return next((c for c in conditions if c is not None and c.status == "True" and c.reason not in _COMMONPLACE), None)
