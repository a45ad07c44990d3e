"""The plan of one service: a chain of policies, each of which looks at the same observation."""

from collections.abc import Iterable, Sequence

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Heals
from aci_operator.core.cloud import CloudGroup
from aci_operator.core.service import backoff, heals, storm, triage
from aci_operator.core.service.actions import (
    Action,
    AdoptGroup,
    CreateGroup,
    DeleteGroup,
    DropRevision,
    HandDown,
    Plan,
    ReleaseGroup,
    StoreRevision,
)
from aci_operator.core.service.adoption import found
from aci_operator.core.service.change import Change, Situation
from aci_operator.core.service.correction import held_back
from aci_operator.core.service.market import Place
from aci_operator.core.service.milestones import milestones
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.placement import assign
from aci_operator.core.service.replicas import ending
from aci_operator.core.service.revisions import choose, wanted
from aci_operator.core.service.rollout import Rollout
from aci_operator.core.service.scale import change
from aci_operator.core.service.share import retries
from aci_operator.core.service.status import ending_status, halted_status, status, waiting_status

HERITAGE_LOOK = 2.0
"""Seconds between two looks for what an earlier service of the same name has left."""

CASCADE_LOOK = 1.0
"""Seconds between two looks of a service that lets its objects go, while one of them cannot be read."""

STRAY_PATIENCE = 60.0
"""Seconds for which a service with replicas of its own waits for an object that another service of its name had."""

CASCADE_ORPHAN = "orphan"
"""The finalizer that `kubectl delete --cascade=orphan` sets: the children are to stay."""


def plan(o: Observation) -> Plan:
    """Return the plan for one look at a service."""
    if o.service.metadata.deletion_timestamp is not None:
        return _deletion(o)
    finalizers = o.service.metadata.finalizers
    needed = None if keys.FINALIZER in finalizers else (*finalizers, keys.FINALIZER)
    newest = wanted(o.service)
    known = heals.advance(o.service.status.heals, newest.name, o.groups, o.service.spec.replicas, o.now)
    if o.subscription is None:
        message = "spec.subscriptionId: set it, or start the operator with a default (--subscription-id)"
        shown = halted_status(o, Reason.SUBSCRIPTION_MISSING, message)
        return Plan(shown, _begun(known), finalizers=needed)
    if o.unreadable:
        return _unreadable(o, needed, known)
    if any(not ending(group) or _awaited(o, group) for group in o.strays):
        return _adoption(o, needed, known)
    replicas = triage.sort(o, o.subscription, known)
    revisions = choose(o, replicas, newest)
    if o.heritage is None:
        return _unsure(o, needed, known)
    rollout = Rollout.of(o, replicas, revisions)
    decided = change(rollout.situation)
    ended = [group for group, why in decided.delete if why is Reason.HEALING]
    kept = [group for group in replicas.ailing if group not in ended]
    remembered = known if o.refused else heals.replaced(known, newest.name, ended, o.now)
    return Plan(
        status=status(o, rollout, decided, remembered),
        healing=_begun(remembered) + sum(lapse > o.now for lapse in storm.lapses(kept)),
        actions=(*_policies(o, _staying(o, decided)), *_carried_out(o, rollout.situation, decided, known)),
        finalizers=needed,
        tell=tuple(milestones(o.service.status, rollout)),
        after=_next_look(o, rollout, remembered),
    )


def _unreadable(o: Observation, finalizers: tuple[str, ...] | None, known: Heals | None) -> Plan:
    """Change nothing: a replica that cannot be read is one all the same, and would be made a second time."""
    message = f'AciContainerGroup "{o.unreadable[0]}" makes no sense to this version of the operator: run the newer one'
    return Plan(halted_status(o, Reason.UNREADABLE, message), _begun(known), finalizers=finalizers)


def _adoption(o: Observation, finalizers: tuple[str, ...] | None, known: Heals | None) -> Plan:
    """Take over what can be, and wait for what is already on its way out."""
    adopted = tuple(AdoptGroup(group) for group in o.strays if not ending(group))
    message = "taking over the objects of an earlier service of this name"
    shown = waiting_status(o, Reason.PROGRESSING, message)
    return Plan(shown, _begun(known), adopted, finalizers, after=HERITAGE_LOOK)


def _awaited(o: Observation, stray: ContainerGroup) -> bool:
    """Tell whether an object on its way out is waited for, since it may leave its container group to this service."""
    ends = stray.metadata.deletion_timestamp
    return o.service.status.serial == 0 or (ends is not None and (o.now - ends).total_seconds() < STRAY_PATIENCE)


def _unsure(o: Observation, finalizers: tuple[str, ...] | None, known: Heals | None) -> Plan:
    """Make nothing while it is not known what an earlier service of this name has left."""
    if o.obstacle is None:
        message = "looking for container groups of an earlier service of this name"
        shown, after = waiting_status(o, Reason.PROGRESSING, message), HERITAGE_LOOK
    else:
        show = halted_status if o.obstacle.stalled else waiting_status
        shown = show(o, o.obstacle.reason, o.obstacle.message)
        after = max((o.obstacle.until - o.now).total_seconds(), 0.1)
    return Plan(shown, _begun(known), finalizers=finalizers, after=after)


def _begun(heals: Heals | None) -> int:
    """Return how many replacements by heals are not made up for."""
    return heals.replacing if heals is not None else 0


def _deletion(o: Observation) -> Plan:
    """End the service, or let its objects go; what it had begun to heal takes no room in the limit any more."""
    finalizers = o.service.metadata.finalizers
    if keys.FINALIZER not in finalizers:
        return Plan(o.service.status, healing=0)
    others = tuple(finalizer for finalizer in finalizers if finalizer != keys.FINALIZER)
    if not o.groups and not o.unreadable:
        return Plan(o.service.status, healing=0, finalizers=others)
    if CASCADE_ORPHAN in finalizers:
        # Kubernetes' collector does the same, but only for objects that it has heard of by then.
        after = 0 if o.groups else CASCADE_LOOK
        released = tuple(ReleaseGroup(group) for group in o.groups)
        return Plan(o.service.status, healing=0, actions=released, after=after)
    doomed = tuple(DeleteGroup(group, Reason.DELETING) for group in o.groups if not ending(group))
    return Plan(ending_status(o), healing=0, actions=(*_policies(o, _ending_with(o)), *doomed))


def _ending_with(o: Observation) -> list[ContainerGroup]:
    """Return the groups that end with their service: those that it had replaced before end in Azure by any policy."""
    ends = o.service.metadata.deletion_timestamp
    moments = ((group, group.metadata.deletion_timestamp) for group in o.groups)
    return [group for group, moment in moments if moment is None or ends is None or moment >= ends]


def _policies(o: Observation, groups: Iterable[ContainerGroup]) -> tuple[Action, ...]:
    spec = o.service.spec
    wanted = (spec.deletion_policy, spec.min_ready_seconds)
    present = ((group, (group.spec.deletion_policy, group.spec.min_ready_seconds)) for group in groups)
    return tuple(HandDown(group) for group, has in present if has != wanted)


def _staying(o: Observation, decided: Change) -> list[ContainerGroup]:
    """Return the groups that live on: of the others, those that the service replaces end in Azure by any policy."""
    going = {group.metadata.name for group, _ in decided.delete}
    return [group for group in o.groups if not ending(group) and group.metadata.name not in going]


def _carried_out(o: Observation, situation: Situation, decided: Change, known: Heals | None) -> tuple[Action, ...]:
    first, revisions = o.serial + 1, situation.revisions
    store = () if revisions.stored else (StoreRevision(revisions.update),)
    drop = tuple(DropRevision(revision) for revision in revisions.spare)
    delete = tuple(DeleteGroup(group, why) for group, why in decided.delete)
    heirs = found(decided.create, o.heritage or ())
    places = _places(o, situation, decided, heirs)
    again = retries((revision.name for revision, _ in decided.create), situation.replicas, known)
    create = tuple(
        CreateGroup(revision, serial, Reason.ADOPTION if heir else why, place, heir, retry)
        for serial, ((revision, why), heir, place, retry) in enumerate(
            zip(decided.create, heirs, places, again, strict=True), start=first
        )
    )
    return (*store, *delete, *create, *drop)


def _places(o: Observation, situation: Situation, decided: Change, heirs: Sequence[CloudGroup | None]) -> list[Place]:
    """Return the place of each birth: where its container group is already, or where there is room."""
    unborn = [revision for (revision, _), heir in zip(decided.create, heirs, strict=True) if heir is None]
    market = o.market(o.subscription or "")
    staying = _staying(o, decided)
    leaving = situation.leaving(staying, len(decided.create))
    assigned = iter(assign(unborn, staying, market, leaving=leaving))
    return [market.found(heir.location, heir.zone or None) if heir else next(assigned) for heir in heirs]


def _next_look(o: Observation, rollout: Rollout, remembered: Heals | None) -> float | None:
    """Return the seconds until time alone changes something: a failed replica is due, or a deadline is over."""
    present = [group for group in o.groups if not ending(group)]
    moments = [backoff.due(group, remembered) for group in present] + [rollout.deadline]
    moments += heals.next_change(remembered, present) + storm.lapses(rollout.situation.replicas.ailing)
    if any(held_back(group) for group in present):
        moments += [shortage.until for shortage in o.shortages]
    after = [(moment - o.now).total_seconds() for moment in moments if moment and moment > o.now]
    limited = [storm.LOOK] if rollout.situation.replicas.limited else []
    return min(after + limited, default=None)
