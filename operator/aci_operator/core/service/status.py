"""The status of a service, as it is once the plan is carried out."""

from collections.abc import Sequence
from typing import Final

from aci_operator.api import keys
from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.conditions import Verdict, condition, find, is_true, judged
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.replicas import Replicas, ending, ready, revision_of, serial
from aci_operator.core.service.revisions import Revisions
from aci_operator.core.service.scale import Change

SUMMARY_IPS: Final = 3

_COMMONPLACE: Final = {Reason.PROGRESSING, Reason.STARTING, Reason.RUNNING, Reason.DELETING}
"""Reasons of a replica that say nothing which the counts of the service do not say."""


def selector(service: Service) -> str:
    """Return the selector of a service's replicas, for /scale; it names the very object that it is of."""
    return f"{keys.LABEL_SERVICE_UID}={service.metadata.uid}"


def status(o: Observation, replicas: Replicas, revisions: Revisions, change: Change) -> ServiceStatus:
    """Return the status after a change of the replicas."""
    going = {group.metadata.name for group, _ in change.delete}
    staying = [group for group in replicas.live if group.metadata.name not in going]
    born = [revision.name for revision, _ in change.create]
    updated = [group for group in staying if revision_of(group) == revisions.update.name]
    count = len(staying) + len(born)
    complete = count == o.service.spec.replicas and sum(map(ready, updated)) == count
    fresh = len(updated) + born.count(revisions.update.name)
    return _with(
        o,
        _verdict(o, replicas, staying, complete=complete, rolling=fresh < count),
        {
            **_serving(staying),
            "replicas": count,
            "updated_replicas": fresh,
            "current_revision": revisions.current.name,
            "update_revision": revisions.update.name,
            "serial": o.serial + max(len(change.create), 1 if change.delete else 0),
            "location": o.service.spec.placements[0].location,
        },
    )


def ending_status(o: Observation) -> ServiceStatus:
    """Return the status of a service that is being deleted."""
    stuck = _told(o.groups, ConditionType.STALLED)
    message = "ending the container groups; the service goes last"
    verdict = Verdict.stuck(_reason(stuck), stuck.message) if stuck else Verdict.underway(Reason.DELETING, message)
    return _with(o, verdict, {**_serving(()), "replicas": 0, "updated_replicas": 0})


def halted_status(o: Observation, reason: Reason, message: str) -> ServiceStatus:
    """Return who serves now, with a verdict that a person must act."""
    return _with(o, Verdict.stuck(reason, message), _present(o))


def refused_status(o: Observation, message: str) -> ServiceStatus:
    """Return what is written already, with what the API server refuses of it."""
    return _with(o, Verdict.stuck(Reason.API_FORBIDDEN, message), {})


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
        "available_replicas": len(serving),
        "ips": ips,
        "ip_summary": _summary(ips),
    }


def _with(o: Observation, verdict: Verdict, update: dict[str, object]) -> ServiceStatus:
    if o.refused is not None:
        verdict = Verdict.stuck(Reason.API_FORBIDDEN, o.refused)
    before, meta = o.service.status, o.service.metadata
    conditions = judged(before.conditions, verdict, meta.generation, o.now)
    fixed = {"observed_generation": meta.generation, "selector": selector(o.service)}
    after = before.model_copy(update={**update, **fixed})
    return after.model_copy(update={"conditions": (*conditions, _available(o, after.available_replicas))})


def _available(o: Observation, serving: int) -> Condition:
    """Return Available: enough replicas serve. Wanting more does not take it away; losing one does."""
    before, wanted = o.service.status, o.service.spec.replicas
    kept = is_true(before.conditions, ConditionType.AVAILABLE) and serving >= min(wanted, before.available_replicas)
    available = serving >= wanted or (kept and serving > 0)
    return condition(
        before.conditions,
        ConditionType.AVAILABLE,
        status=available,
        reason=Reason.AVAILABLE if available else Reason.UNAVAILABLE,
        message=f"{serving} replicas serve",
        generation=o.service.metadata.generation,
        now=o.now,
    )


def _verdict(
    o: Observation, replicas: Replicas, staying: Sequence[ContainerGroup], *, complete: bool, rolling: bool
) -> Verdict:
    wanted = o.service.spec.replicas
    if complete:
        if wanted == 0:
            return Verdict.fine(Reason.SCALED_TO_ZERO, "no replicas are wanted")
        return Verdict.fine(Reason.READY, f"{wanted} of {wanted} replicas ready")
    progress = f"{sum(map(ready, staying))} of {wanted} replicas ready"
    if stuck := _told(staying, ConditionType.STALLED):
        return Verdict.stuck(_reason(stuck), f"{progress}; {stuck.message}")
    if (held := _told(staying, ConditionType.RECONCILING)) is not None:
        return Verdict.underway(_reason(held), f"{progress}; {held.message}")
    reason = Reason.ROLLING_OUT if rolling else Reason.HEALING if replicas.dead else Reason.SCALING
    return Verdict.underway(reason, progress)


def _told(groups: Sequence[ContainerGroup], kind: ConditionType) -> Condition | None:
    """Return the first condition of a type that is True and says more than the counts do."""
    conditions = (find(group.status.conditions, kind) for group in groups)
    return next((c for c in conditions if c is not None and c.status == "True" and c.reason not in _COMMONPLACE), None)


def _reason(told: Condition) -> Reason:
    """Return the reason of a replica's condition; another version of the operator may have written an unknown one."""
    return next((reason for reason in Reason if reason.value == told.reason), Reason.PROGRESSING)


def _summary(ips: Sequence[str]) -> str | None:
    more = len(ips) - SUMMARY_IPS
    text = ",".join(ips[:SUMMARY_IPS])
    return (f"{text} + {more} more" if more > 0 else text) or None
