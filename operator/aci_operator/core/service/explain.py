"""A plan in words: what would be done, and why."""

from collections.abc import Iterator
from typing import Final

from aci_operator.api.base import ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.core.conditions import find
from aci_operator.core.service.actions import (
    Action,
    AdoptGroup,
    DeleteGroup,
    DropRevision,
    HandDown,
    Plan,
    ReleaseGroup,
    StoreRevision,
)

_WHY: Final = {
    Reason.SCALING: "there are fewer or more replicas than wanted",
    Reason.HEALING: "a replica has failed or got lost",
    Reason.ADOPTION: "an earlier service of this name has left it",
    Reason.CANARY: "the new revision has to prove itself first",
    Reason.PLACEMENT: "there was no room, or it would be made otherwise by now",
    Reason.ROLLING_OUT: "replicas of an older revision, or in a place that is not wanted, are replaced",
    Reason.DRIFTED: "somebody has changed a replica in Azure",
    Reason.DELETING: "the service is being deleted",
}


def explained(service: Service, plan: Plan) -> list[str]:
    """Return a line for each action in the order in which they would be carried out, then what the status would say."""
    lines = list(_actions(service, plan)) or ["nothing is to be done"]
    conditions = plan.status.conditions
    told = (find(conditions, ConditionType.READY), find(conditions, ConditionType.DRIFTED))
    lines += [f"status: {it.reason}: {it.message}" for it in told if it is not None and it.reason != Reason.NOT_DRIFTED]
    if plan.after is not None:
        lines.append(f"next look: in {plan.after:.0f} s, or when something changes")
    return lines


def _actions(service: Service, plan: Plan) -> Iterator[str]:
    for finalizer in plan.finalizers or ():
        if finalizer not in service.metadata.finalizers:
            yield f"+ finalizer {finalizer}"
    for finalizer in service.metadata.finalizers:
        if plan.finalizers is not None and finalizer not in plan.finalizers:
            yield f"- finalizer {finalizer}"
    for action in plan.actions:
        yield _action(action)


def _action(action: Action) -> str:
    match action:
        case StoreRevision(revision):
            return f"+ revision {revision.name}"
        case DropRevision(revision):
            return f"- revision {revision.name}: revisionHistoryLimit"
        case AdoptGroup(group):
            return f"~ take over {group.metadata.name}, of an earlier service of this name"
        case ReleaseGroup(group):
            return f"~ let go of {group.metadata.name}"
        case HandDown(group):
            return f"~ deletionPolicy and minReadySeconds of {group.metadata.name}"
        case DeleteGroup(group, why):
            return f"- replica {group.metadata.name}: {_why(why, action.because)}"
    name = f"{action.heir.ref.name}, which is there already," if action.heir else f"number {action.serial}"
    return f"+ replica {name} of {action.revision.name} in {action.place}: {_why(action.why, action.because())}"


def _why(reason: Reason, because: str) -> str:
    return f"{because} ({_WHY[reason]})" if reason in _WHY else because
