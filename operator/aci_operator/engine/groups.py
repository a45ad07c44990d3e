"""The loop of container groups: it handles exactly one group in Azure per pass, and decides about no other."""

import logging
from dataclasses import replace

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.placement import DeletionPolicy
from aci_operator.core import story
from aci_operator.core.cloud import ResourceGroupRef
from aci_operator.core.errors import ApiForbidden
from aci_operator.core.group.observation import Listed, Observation
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
from aci_operator.engine.effects import Effects, Outcome
from aci_operator.engine.gate import Gate
from aci_operator.engine.memories import Memories, scope_of
from aci_operator.engine.owners import owner_of
from aci_operator.engine.ports import Key
from aci_operator.engine.statuses import tell_all, write_and_tell
from aci_operator.engine.surroundings import Surroundings
from aci_operator.engine.turns import Turns

log = logging.getLogger(__name__)

STEPS_AT_ONCE = 12
"""Steps in one pass: more than any plan needs, so that a mistake in a plan cannot hold a worker for ever."""


class Groups:
    """Makes passes over container groups."""

    def __init__(self, around: Surroundings, memories: Memories) -> None:
        self._around = around
        self._memories = memories
        self._effects = Effects(around, memories)
        self._turns = Turns(around)
        self._gate = Gate(around, self._turns)
        self._refusals: dict[Key, str] = {}
        self._known: dict[Key, tuple[str, ResourceGroupRef]] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Make one pass: steps, each from a fresh look, until there is nothing to do but wait."""
        for _ in range(STEPS_AT_ONCE):
            group = self._around.cluster.group(key)
            if group is None:
                self._forget(key)
                return None
            observed = self._observe(key, group)
            step = plan(observed)
            if observed.shortage is not None or observed.trouble is not None:
                self._turns.leave(key)  # the room in the line is for those that can be sent
            elif self._idle(group, step) and _holds_up(observed):
                self._turns.let_pass(key)
            self._around.shortages.learn(group, step.status)
            self._turns.learn(group)
            self._around.fleet.follow(scope_of(group), key, soon=step.soon or _moves(step.effect))
            if isinstance(step.effect, ReadGroup):
                pause = self._around.reads.pause(key, group.spec.subscription_id, at_rest=step.effect.at_rest)
                step = replace(step, effect=None, after=pause) if pause else step
            if not await self._gate.opens(key, group, step.effect):
                continue
            try:
                await self._take(key, group, step)
            finally:
                self._gate.leave(key, group, step.effect)
            if step.effect is None:
                return step.after
        log.error("%s: the plan did not come to an end in %d steps", key, STEPS_AT_ONCE)
        return self._around.timing().health_turn

    def _idle(self, group: ContainerGroup, step: Step) -> bool:
        """Tell whether nothing is done now. What waits for a read of its own pace alone will go on in a moment."""
        reads = isinstance(step.effect, ReadGroup)
        return step.effect is None or (reads and self._around.reads.barred(group.spec.subscription_id))

    def _observe(self, key: Key, group: ContainerGroup) -> Observation:
        scope = scope_of(group)
        present = (group.metadata.uid, scope)
        if self._known.setdefault(key, present) != present:
            self._forget(key)  # another object of this name went, and no pass saw that
            self._known[key] = present
        memory = self._memories.recall(group)
        snapshot = self._around.fleet.snapshot(scope)
        listed = None
        if snapshot is not None and (memory.wrote_at is None or snapshot.began_at > memory.wrote_at):
            listed = Listed(snapshot.began_at, snapshot.groups.get(key.name), denied_at=snapshot.denied_at)
        owner, now = owner_of(group, self._around.cluster), self._around.clock()
        return Observation(
            group=group,
            cluster_id=self._around.cluster_id,
            now=now,
            memory=memory,
            listed=listed,
            turn=self._turns.ahead(key, group),
            in_service=owner.reference is None or owner.service is not None,
            superseded=owner.superseded,
            shortage=self._around.shortages.why_not(group, now),
            refused=self._refusals.get(key),
            may_write=self._around.leadership.held(),
            timing=self._around.timing(),
        )

    async def _take(self, key: Key, group: ContainerGroup, step: Step) -> None:
        """Write the status if it differs and tell what is new in it, then cause the effect and tell of that.

        What is new is told at once: when the effect fails, no later step sees it as new.
        """
        changed = story.turn(group.status.conditions, step.status.conditions)
        news = (*step.news, *((changed,) if changed else ()))
        if step.status != group.status:
            group = await write_and_tell(self._around, group, step.status, news)
            self._wake_owner(group)
            if isinstance(step.effect, PutGroup):
                self._memories.asked(group)
        else:
            await tell_all(self._around, group, news)
        if isinstance(step.effect, AddFinalizer | RemoveFinalizer):
            self._around.must_lead()
        try:
            outcome = await self._perform(group, step.effect)
        except ApiForbidden as error:
            self._refusals[key] = f"the operator's ServiceAccount lacks a right: {error}"
            raise
        if isinstance(step.effect, AddFinalizer | RemoveFinalizer):
            self._refusals.pop(key, None)
        if outcome is Outcome.DONE:
            await tell_all(self._around, group, step.tell)
        elif outcome is Outcome.UNANSWERED:
            await tell_all(self._around, group, map(story.unanswered, step.tell))

    async def _perform(self, group: ContainerGroup, effect: Effect | None) -> Outcome:
        """Cause an effect; return what came of it. Those that tell of themselves count as done."""
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
            case PutGroup():
                await self._effects.put(group, self._turns.budget(group))
            case DeleteGroup():
                await self._effects.delete(group, self._turns.budget(group))
            case ReplaceTags(tags):
                return await self._effects.replace_tags(group, tags)
            case PutBackTags(tags):
                return await self._effects.put_back_tags(group, tags)
            case CreateResourceGroup():
                await self._effects.create_resource_group(group)
            case _:
                pass
        return Outcome.DONE

    def _forget(self, key: Key) -> None:
        self._turns.leave(key)
        self._around.reads.forget(key)
        self._refusals.pop(key, None)
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


def _holds_up(observed: Observation) -> bool:
    """Tell whether one that has nothing to send would hold up those behind it in a line.

    Its turn has come, or its name is taken. Who may not write just now holds up nobody: nobody else may.
    """
    read, ends = observed.memory.read, observed.group.metadata.deletion_timestamp is not None
    taken = not ends and read is not None and read.group is not None
    return taken or (observed.turn is None and observed.may_write)
