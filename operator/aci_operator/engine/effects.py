"""The effects that the plan of a container group asks for, carried out in Azure, and what is remembered of them."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Act, Reason
from aci_operator.core.body import body
from aci_operator.core.errors import AnswerLost, AzureError, Invalid, NotFound, Remaining, Transitioning
from aci_operator.core.group.memory import Read
from aci_operator.core.ownership import Owner, group_tags, owner
from aci_operator.core.service.replica import reason_of_birth
from aci_operator.core.shortage import LASTS, Shortage, where
from aci_operator.core.story import Entry, done
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.memories import Memories, key_of, ref_of, scope_of
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)


class Outcome(Enum):
    """What came of an effect, as far as is known."""

    DONE = auto()
    UNANSWERED = auto()
    FAILED = auto()


class Effects:
    """Calls Azure for one group at a time. No write begins without the right to write.

    What is not sent is given back to its budget by the caller.
    """

    def __init__(self, around: Surroundings, memories: Memories) -> None:
        self._around = around
        self._memories = memories

    async def read(self, group: ContainerGroup) -> None:
        """GET the group. The answer counts from when it was asked for."""
        at = self._around.clock()
        memory = self._memories.recall(group)
        try:
            found = await self._around.reads.get(ref_of(group))
        except NotFound:
            self._memories.remember(group, memory.seen(Read(at, None)))
        except AzureError as error:
            self._memories.failed(group, error, memory, write=False)
        else:
            ours = owner(found.tags, group, self._around.cluster_id) is Owner.OURS
            stays = ours and group.metadata.deletion_timestamp is None
            self._memories.remember(group, memory.seen(Read(at, found), nothing_to_write=stays))

    async def put(self, group: ContainerGroup, budget: Budget) -> None:
        """PUT the group, once. Without a usable answer the next step looks what became of it."""
        memory = self._memories.recall(group)
        try:
            content = body(group, group_tags(group, self._around.cluster_id, self._around.clock()))
        except Invalid as error:
            self._memories.remember(group, replace(memory, unsent=True))
            self._memories.failed(group, error, memory)
            return
        if not self._may_send(budget):
            return
        self._memories.sent(group)
        try:
            _, remaining = await self._around.azure.put(ref_of(group), content)
        except (AnswerLost, Transitioning) as error:
            budget.answered(key_of(group), error.remaining, self._around.clock(), failed=True)
            self._around.usages.end(key_of(group), group.spec)
            self._memories.sent(group)
            self._memories.unanswered(group, error, memory)
            entry = Entry(Act.PUT_GROUP, reason_of_birth(group))
            words = "no usable answer to its PUT, looking what became of it"
            await self._around.chronicle.tell(group, done(entry, Reason.ANSWER_LOST, words, warning=True))
            log.info("%s: %s", key_of(group), error)
        except AzureError as error:
            budget.refused(key_of(group), error, self._around.clock())
            self._memories.remember(group, replace(self._memories.recall(group), unsent=True, unanswered=None))
            self._memories.failed(group, error, memory)
            self._around.shortages.unasked(key_of(group))
            self._learn(group)
        except BaseException:
            # Or the others would wait for this answer for ever.
            budget.answered(key_of(group), Remaining(), self._around.clock())
            raise
        else:
            now = self._around.clock()
            budget.answered(key_of(group), remaining, now)
            self._around.shortages.found_room(group.spec, now)
            self._around.usages.end(key_of(group), group.spec)
            accepted = replace(self._memories.sent(group), accepted_at=now.replace(microsecond=0))
            self._memories.remember(group, accepted)
            entry = Entry(Act.PUT_GROUP, reason_of_birth(group))
            words = f"Azure has taken its PUT in {where(group.spec.location, group.spec.zone)}"
            await self._around.chronicle.tell(group, done(entry, Reason.CREATED_IN_AZURE, words))

    def _learn(self, group: ContainerGroup) -> None:
        """Let all others know when it was refused for want of room."""
        trouble = self._memories.recall(group).trouble
        if trouble is not None and trouble.reason in LASTS:
            now = self._around.clock()
            self._around.shortages.add(Shortage.of(group.spec, trouble.reason, trouble.message, now))

    async def delete(self, group: ContainerGroup, budget: Budget) -> None:
        """DELETE the group, once."""
        if not self._may_send(budget):
            return
        memory = self._memories.recall(group)
        self._memories.sent(group)
        try:
            remaining = await self._around.azure.delete(ref_of(group))
        except AnswerLost as error:
            budget.answered(key_of(group), error.remaining, self._around.clock(), failed=True)
            self._memories.sent(group)
            self._memories.failed(group, error, memory)
            entry = Entry(Act.DELETE_GROUP, Reason.DELETING)
            words = "no usable answer to its DELETE, looking what became of it"
            await self._around.chronicle.tell(group, done(entry, Reason.ANSWER_LOST, words, warning=True))
            log.info("%s: %s", key_of(group), error)
        except AzureError as error:
            budget.refused(key_of(group), error, self._around.clock())
            self._memories.failed(group, error, memory)
        except BaseException:
            budget.answered(key_of(group), Remaining(), self._around.clock())
            raise
        else:
            now = self._around.clock()
            budget.answered(key_of(group), remaining, now)
            self._memories.remember(group, replace(self._memories.sent(group), deleted_at=now))
            entry = Entry(Act.DELETE_GROUP, Reason.DELETING)
            await self._around.chronicle.tell(group, done(entry, Reason.DELETED_IN_AZURE, "Azure has taken its DELETE"))

    def _may_send(self, budget: Budget) -> bool:
        """Tell whether what was taken of a budget may be used; since then Azure may have asked to wait."""
        return self._around.leadership.held() and not budget.blocked(self._around.clock())

    async def replace_tags(self, group: ContainerGroup, tags: Mapping[str, str]) -> Outcome:
        """PATCH the group's tags."""
        if not self._around.leadership.held():
            return Outcome.FAILED
        memory = self._memories.recall(group)
        try:
            await self._patch(group, tags)
        except AnswerLost as error:
            log.info("%s: %s", key_of(group), error)
            self._memories.sent(group)  # before the failure, which it would forget
            self._memories.failed(group, error, memory)
            return Outcome.UNANSWERED
        except AzureError as error:
            self._memories.failed(group, error, memory)
            return Outcome.FAILED
        self._memories.sent(group)
        return Outcome.DONE

    async def put_back_tags(self, group: ContainerGroup, tags: Mapping[str, str]) -> Outcome:
        """PATCH tags that were lost, once for a while.

        A failure is no trouble of the group: it must not keep anybody from looking after it.
        """
        if not self._around.leadership.held():
            return Outcome.FAILED
        memory = self._memories.recall(group)
        self._memories.remember(group, replace(memory, retagged_at=self._around.clock()))
        try:
            await self._patch(group, tags)
        except AnswerLost as error:
            log.info("%s: %s", key_of(group), error)
            self._memories.sent(group)
            return Outcome.UNANSWERED
        except AzureError as error:
            log.warning("%s: could not put back its tags: %s", key_of(group), error)
            return Outcome.FAILED
        self._memories.sent(group)
        return Outcome.DONE

    async def _patch(self, group: ContainerGroup, tags: Mapping[str, str]) -> None:
        place = (group.spec.subscription_id, group.spec.location)
        await self._around.pauses.keep(place, lambda: self._around.azure.replace_tags(ref_of(group), tags))

    async def create_resource_group(self, group: ContainerGroup) -> None:
        """Make the resource group of a group, unless it exists: a PUT would replace its tags."""
        if not self._around.leadership.held():
            return
        memory, scope = self._memories.recall(group), scope_of(group)
        tags = {keys.TAG_CLUSTER: self._around.cluster_id}
        entry, exists = Entry(Act.CREATE_RESOURCE_GROUP, Reason.RESOURCE_GROUP_NOT_FOUND), None
        try:
            exists = await self._around.azure.has_resource_group(scope)
            if not exists:
                if not self._around.leadership.held():
                    return  # the answer may have taken longer than the right to write lasts
                await self._around.azure.create_resource_group(scope, group.spec.location, tags)
        except AzureError as error:
            self._memories.unmade(group, error, memory, missing=exists is False)
            if isinstance(error, AnswerLost) and exists is False:
                words = f'no usable answer to the PUT of resource group "{scope.name}", looking whether it is there'
                await self._around.chronicle.tell(group, done(entry, Reason.ANSWER_LOST, words, warning=True))
            return
        if exists:
            self._memories.contradicted(group, memory)
            return
        self._memories.remember(group, replace(memory, trouble=None))
        words = f'made resource group "{group.spec.resource_group}" in {group.spec.location}'
        await self._around.chronicle.tell(group, done(entry, Reason.CREATED_RESOURCE_GROUP, words))
