"""The status of a service, as it is once the plan is carried out."""

from collections.abc import Iterable, Sequence
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import Heals, Service, ServiceStatus
from aci_operator.core.conditions import Verdict, condition, exception, find, is_true, judged, reason_of
from aci_operator.core.service import recreate
from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.correction import held_back
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import available, drifted, ending, ready, revision_of, serial
from aci_operator.core.service.rollout import Rollout
from aci_operator.core.service.strategy import least
from aci_operator.core.service.verdict import Outlook, judge, told

SUMMARY_IPS: Final = 3


def selector(service: Service) -> str:
    """Return the selector of a service's replicas, for /scale; it names the very object that it is of."""
    return f"{keys.LABEL_SERVICE_UID}={service.metadata.uid}"


def own(service: Service) -> Service:
    """Return a service without the status of another: a backup brings that of the object that was here before."""
    if service.status.selector in {None, selector(service)}:
        return service
    return service.model_copy(update={"status": ServiceStatus()})


def needs_nothing(service: Service) -> bool:
    """Tell whether a service needs nothing of what an earlier one of its name has left."""
    told, conditions = service.status, service.status.conditions
    verdict = find(conditions, ConditionType.READY)
    completed = verdict is not None and verdict.reason == Reason.COMPLETED
    fresh = told.observed_generation == service.metadata.generation
    return is_true(conditions, ConditionType.AVAILABLE) or (completed and fresh)


def settled(service: Service, groups: Iterable[ContainerGroup]) -> bool:
    """Tell whether a service is available by replicas of its own: nobody looks for what is left under its name."""
    present = sum(not ending(group) for group in groups)
    return is_true(service.status.conditions, ConditionType.AVAILABLE) and present >= service.status.replicas


def status(o: Observation, rollout: Rollout, change: Change, heals: Heals | None) -> ServiceStatus:
    """Return the status after a change of the replicas, or before it while the API server refuses such changes.

    `heals` is what is to be remembered of the replicas that failed.
    """
    replicas, revisions = rollout.situation.replicas, rollout.situation.revisions
    counted = change if o.refused is None else Change()
    going = {group.metadata.name for group, _ in counted.delete}
    staying = [group for group in (*replicas.live, *replicas.ailing) if group.metadata.name not in going]
    born = [revision.name for revision, _ in counted.create]
    updated = [group for group in rollout.situation.updated if group.metadata.name not in going]
    count = len(staying) + len(born)
    complete = count == o.service.spec.replicas and sum(map(available, updated)) == count
    fresh = len(updated) + born.count(revisions.update.name)
    return _with(
        o,
        judge(Outlook(o, rollout, staying, heals, count, fresh, complete)),
        {
            **_serving(staying),
            "replicas": count,
            "updated_replicas": fresh,
            "established_replicas": _established(o, rollout.situation, staying),
            "current_revision": revisions.current.name,
            "served_revision": revisions.served,
            "update_revision": revisions.update.name,
            "previous_revision": revisions.previous,
            "progress": rollout.progress,
            "heals": heals,
            "serial": o.serial + max(len(change.create), 1 if change.delete else 0),
            "location": _locations(o, staying),
        },
    )


def _locations(o: Observation, groups: Sequence[ContainerGroup]) -> str:
    """Return where there are replicas in Azure, in order of preference; where they are to be while there are none."""
    listed = [placement.location for placement in o.service.spec.placements]
    present = {group.spec.location for group in groups if held_back(group) is None}
    known = [location for location in dict.fromkeys(listed) if location in present]
    return ",".join(known + sorted(present.difference(listed))) or listed[0]


def ending_status(o: Observation) -> ServiceStatus:
    """Return the status of a service that is being deleted."""
    stuck = told(o.groups, ConditionType.STALLED)
    leaving = [group for group in o.groups if group.status.state is State.DELETING]
    held = told(leaving, ConditionType.RECONCILING)
    message = "ending the container groups; the service goes last"
    if stuck:
        verdict = Verdict.stuck(reason_of(stuck), stuck.message)
    elif held:
        verdict = Verdict.underway(reason_of(held), f"{message}; {held.message}")
    else:
        verdict = Verdict.underway(Reason.DELETING, message)
    return _with(o, verdict, {**_serving(()), "replicas": 0, "updated_replicas": 0})


def halted_status(o: Observation, reason: Reason, message: str) -> ServiceStatus:
    """Return who serves now, with a verdict that a person must act."""
    return _with(o, Verdict.stuck(reason, message), _present(o))


def refused_status(o: Observation, message: str) -> ServiceStatus:
    """Return what there is, with what the API server refuses; the rest of what is written already stays."""
    living = [group for group in o.groups if not ending(group)]
    fresh = sum(revision_of(group) == o.service.status.update_revision for group in living)
    counts = {"replicas": len(living), "updated_replicas": fresh}
    return _with(o, Verdict.stuck(Reason.API_FORBIDDEN, message), {**_serving(living), **counts})


def waiting_status(o: Observation, reason: Reason, message: str) -> ServiceStatus:
    """Return who serves now, with a verdict that something must be known first."""
    return _with(o, Verdict.underway(reason, message), _present(o))


def _present(o: Observation) -> dict[str, object]:
    """Return who serves. How many there should be by the last plan stays: it tells whether one has been lost."""
    return _serving([group for group in o.groups if not ending(group)])


def _serving(groups: Sequence[ContainerGroup]) -> dict[str, object]:
    serving = [group for group in groups if ready(group)]
    ips = tuple(group.status.ip for group in sorted(serving, key=serial) if group.status.ip)
    return {
        "ready_replicas": len(serving),
        "available_replicas": sum(map(available, groups)),
        "ips": ips,
        "ip_summary": _summary(ips),
    }


def _established(o: Observation, situation: Situation, staying: Sequence[ContainerGroup]) -> int:
    """Return how many were available at once, of those still wanted. Recreate ends them itself: nothing is to heal."""
    serving = sum(map(available, staying))
    before = 0 if recreate.pending(situation) else o.service.status.established_replicas
    return min(max(before, serving), o.service.spec.replicas)


def _with(o: Observation, verdict: Verdict, update: dict[str, object]) -> ServiceStatus:
    if o.refused is not None:
        verdict = Verdict.stuck(Reason.API_FORBIDDEN, o.refused)
    before, meta = o.service.status, o.service.metadata
    conditions = judged(before.conditions, verdict, meta.generation, o.now)
    fixed = {"observed_generation": meta.generation, "selector": selector(o.service)}
    after = before.model_copy(update={**update, **fixed})
    own = (_available(o, after.available_replicas), *_suspended(o), *_drifted(o))
    return after.model_copy(update={"conditions": (*conditions, *own)})


def _available(o: Observation, serving: int) -> Condition:
    """Return Available: enough replicas serve. Wanting more does not take it away; losing one does."""
    before, wanted = o.service.status, o.service.spec.replicas
    kept = is_true(before.conditions, ConditionType.AVAILABLE) and serving >= min(wanted, before.available_replicas)
    enough = serving >= least(o.service.spec.strategy, wanted) and serving > 0
    met = enough or wanted == 0 or (kept and serving > 0)
    return condition(
        before.conditions,
        ConditionType.AVAILABLE,
        status=met,
        reason=Reason.AVAILABLE if met else Reason.UNAVAILABLE,
        message=f"{serving} replicas serve",
        generation=o.service.metadata.generation,
        now=o.now,
    )


def _suspended(o: Observation) -> tuple[Condition, ...]:
    """Return Suspended, for a service that is or was paused."""
    if o.service.spec.paused:
        message = "spec.paused is true: no replica of a new revision is made, and none moves"
        return _exception(o, ConditionType.SUSPENDED, Reason.PAUSED, message, holds=True)
    return _exception(o, ConditionType.SUSPENDED, Reason.NOT_PAUSED, "not paused", holds=False)


def _drifted(o: Observation) -> tuple[Condition, ...]:
    """Return Drifted, for a service of which a replica has or had drifted."""
    present = [group for group in o.groups if not ending(group)]
    if count := sum(map(drifted, present)):
        message = f"{count} of {len(present)} replicas were changed in Azure; their own conditions name the fields"
        return _exception(o, ConditionType.DRIFTED, Reason.DRIFTED, message, holds=True)
    message = "no replica differs from what it was made as"
    return _exception(o, ConditionType.DRIFTED, Reason.NOT_DRIFTED, message, holds=False)


def _exception(
    o: Observation, kind: ConditionType, reason: Reason, message: str, *, holds: bool
) -> tuple[Condition, ...]:
    before, generation = o.service.status.conditions, o.service.metadata.generation
    made = condition(before, kind, status=holds, reason=reason, message=message, generation=generation, now=o.now)
    return exception(before, made)


def _summary(ips: Sequence[str]) -> str | None:
    more = len(ips) - SUMMARY_IPS
    text = ",".join(ips[:SUMMARY_IPS])
    return (f"{text} + {more} more" if more > 0 else text) or None
