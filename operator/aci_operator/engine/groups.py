"""The loop of container groups: it handles exactly one group in Azure per pass, and decides about no other."""

import logging
from datetime import datetime

from aci_operator.api import keys
from aci_operator.api.base import OwnerReference
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.service import Service
from aci_operator.core import story
from aci_operator.core.cloud import ResourceGroupRef
from aci_operator.core.errors import ApiForbidden
from aci_operator.core.group.observation import Listed, Observation, Turn
from aci_operator.core.group.plan import plan
from aci_operator.core.group.step import (
    AddFinalizer,
    CreateResourceGroup,
    DeleteGroup,
    Effect,
    PutBackTags,
    PutGroup,
    ReadGroup,
    RemoveFinalizer,
    ReplaceTags,
    Step,
)
from aci_operator.core.service.share import Share, share
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.effects import Effects
from aci_operator.engine.memories import Memories, scope_of
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)

STEPS_AT_ONCE = 12
"""Steps in one pass: more than any plan needs, so that a mistake in a plan cannot hold a worker for ever."""


class Groups:
    """Makes passes over container groups."""

    def __init__(self, around: Surroundings, memories: Memories) -> None:
        self._around = around
        self._memories = memories
        self._effects = Effects(around, memories)
        self._refusals: dict[Key, str] = {}
        self._waiting_since: dict[Key, datetime] = {}
        self._known: dict[Key, tuple[str, ResourceGroupRef]] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Make one pass: steps, each from a fresh look, until there is nothing to do but wait."""
        turn: Turn | None = None
        for _ in range(STEPS_AT_ONCE):
            group = self._around.cluster.group(key)
            if group is None:
                self._forget(key)
                return None
            observed = self._observe(key, group, turn)
            step = plan(observed)
            if observed.shortage is not None:
                self._around.budgets.leave(key)  # the room in the line is for those that can be sent
            self._around.shortages.learn(group, step.status)
            self._around.fleet.follow(scope_of(group), key, soon=step.soon or _moves(step.effect))
            creates = isinstance(step.effect, PutGroup)
            if creates and await self._around.usages.settled(group.spec):
                continue
            budget = self._budget(group, step.effect)
            if budget is not None:
                turn = budget.take(self._request(key, group, step.effect), observed.now)
                if turn is not None:
                    self._waiting_since.setdefault(key, observed.now)
                    continue
                self._waited(key, step.effect, observed.now)
            if creates:
                self._around.usages.begin(key, group.spec)
            try:
                await self._take(key, group, step, budget)
            finally:
                if budget is not None:
                    budget.unused(key)
                    self._around.usages.unused(key, group.spec)
            if step.effect is None:
                return step.after
        log.error("%s: the plan did not come to an end in %d steps", key, STEPS_AT_ONCE)
        return self._around.timing().health_turn

    def _observe(self, key: Key, group: ContainerGroup, turn: Turn | None) -> Observation:
        scope = scope_of(group)
        self._known[key] = (group.metadata.uid, scope)
        memory = self._memories.recall(group)
        snapshot = self._around.fleet.snapshot(scope)
        listed = None
        if snapshot is not None and (memory.wrote_at is None or snapshot.began_at > memory.wrote_at):
            listed = Listed(snapshot.began_at, snapshot.groups.get(key.name))
        controller, service, alive = self._service(group)
        now = self._around.clock()
        troubled = memory.trouble is not None and memory.trouble.until > now  # it could not ask for room yet
        return Observation(
            group=group,
            cluster_id=self._around.cluster_id,
            now=now,
            memory=memory,
            listed=listed,
            turn=turn,
            in_service=controller is None or alive,
            superseded=not alive and service is not None and service.metadata.deletion_timestamp is None,
            shortage=None if troubled else self._around.shortages.before(group, now),
            refused=self._refusals.get(key),
            may_write=self._around.leadership.held(),
            timing=self._around.timing(),
        )

    def _service(self, group: ContainerGroup) -> tuple[OwnerReference | None, Service | None, bool]:
        """Return a group's controller, the service that has its name now, and whether they are the same."""
        controller = next((owner for owner in group.metadata.owner_references if owner.controller), None)
        if controller is None:
            return None, None, False
        service = self._around.cluster.service(Key(group.metadata.namespace, controller.name))
        return controller, service, service is not None and service.metadata.uid == controller.uid

    def _request(self, key: Key, group: ContainerGroup, effect: Effect | None) -> Request:
        """Return what the budget must know of a write; only creates are shared out by what they are for."""
        _, service, alive = self._service(group)
        if service is None or not alive:
            return Request(key, service=key, share=Share.GROWTH)
        creates = isinstance(effect, PutGroup)
        wanted = share(group, service, self._around.cluster.groups_of(service)) if creates else Share.GROWTH
        return Request(key, service=Key(key.namespace, service.metadata.name), share=wanted)

    def _budget(self, group: ContainerGroup, effect: Effect | None) -> Budget | None:
        spec = group.spec
        if isinstance(effect, PutGroup):
            return self._around.budgets.of("create", spec.subscription_id, spec.location)
        if isinstance(effect, DeleteGroup):
            return self._around.budgets.of("delete", spec.subscription_id, spec.location)
        return None

    def _waited(self, key: Key, effect: Effect | None, now: datetime) -> None:
        since = self._waiting_since.pop(key, now)
        kind = "create" if isinstance(effect, PutGroup) else "delete"
        self._around.telemetry.waited(kind, (now - since).total_seconds())

    async def _take(self, key: Key, group: ContainerGroup, step: Step, budget: Budget | None) -> None:
        """Write the status if it differs, then cause the effect, then tell the user."""
        before = group.status
        if step.status != before:
            self._around.must_lead()
            group = await self._around.cluster.write_status(group, step.status)
            self._wake_owner(group)
            if isinstance(step.effect, PutGroup):
                self._memories.asked(group)
        if isinstance(step.effect, AddFinalizer | RemoveFinalizer):
            self._around.must_lead()
        try:
            done = await self._perform(group, step.effect, budget)
        except ApiForbidden as error:
            self._refusals[key] = f"the operator's ServiceAccount lacks a right: {error}"
            raise
        if isinstance(step.effect, AddFinalizer | RemoveFinalizer):
            self._refusals.pop(key, None)
        changed = story.turn(before.conditions, step.status.conditions)
        for tell in (*(step.tell if done else ()), *((changed,) if changed else ())):
            await self._around.chronicle.tell(group, tell)

    async def _perform(self, group: ContainerGroup, effect: Effect | None, budget: Budget | None) -> bool:
        """Cause an effect; tell whether it came about, as far as that is known."""
        match effect:
            case AddFinalizer():
                await self._around.cluster.set_finalizers(group, (*group.metadata.finalizers, keys.FINALIZER))
            case RemoveFinalizer():
                if group.spec.deletion_policy is DeletionPolicy.ORPHAN:
                    self._around.fleet.left(scope_of(group))
                read = self._memories.recall(group).read
                if read is not None and read.group is None:
                    self._around.fleet.gone(scope_of(group), group.metadata.name)
                if group.status.ready_at is not None:
                    self._around.shortages.freed(group.spec.subscription_id, group.spec.location)
                others = [finalizer for finalizer in group.metadata.finalizers if finalizer != keys.FINALIZER]
                await self._around.cluster.set_finalizers(group, others)
                self._wake_owner(group)
            case ReadGroup():
                await self._effects.read(group)
            case PutGroup() if budget is not None:
                await self._effects.put(group, budget)
            case DeleteGroup() if budget is not None:
                await self._effects.delete(group, budget)
            case ReplaceTags(tags):
                return await self._effects.replace_tags(group, tags)
            case PutBackTags(tags):
                return await self._effects.put_back_tags(group, tags)
            case CreateResourceGroup():
                await self._effects.create_resource_group(group)
            case _:
                pass
        return True

    def _forget(self, key: Key) -> None:
        self._around.budgets.leave(key)
        self._refusals.pop(key, None)
        self._waiting_since.pop(key, None)
        known = self._known.pop(key, None)
        if known is not None:
            uid, scope = known
            self._memories.forget(uid)
            self._around.fleet.forget(scope, key)

    def _wake_owner(self, group: ContainerGroup) -> None:
        service = group.metadata.labels.get(keys.LABEL_SERVICE)
        if service:
            self._around.wake_service(Key(group.metadata.namespace, service))


def _moves(effect: Effect | None) -> bool:
    """Tell whether something in Azure is about to change: a look alone, as at rest, needs no LIST after it."""
    return effect is not None and not isinstance(effect, ReadGroup)
