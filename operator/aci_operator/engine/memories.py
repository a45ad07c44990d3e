"""What this process remembers of each container group, and where it looks for it in Azure."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aci_operator.api.group import ContainerGroup
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import AzureError
from aci_operator.core.group import turns
from aci_operator.core.group.memory import Memory, Trouble
from aci_operator.core.group.observation import Timing
from aci_operator.core.group.refusals import contradicted, trouble, unanswered, unmade
from aci_operator.engine.ports import Key

log = logging.getLogger(__name__)


def key_of(group: ContainerGroup) -> Key:
    """Return the key of a group's object."""
    return Key(group.metadata.namespace, group.metadata.name)


def scope_of(group: ContainerGroup) -> ResourceGroupRef:
    """Return the resource group that a group is in."""
    return ResourceGroupRef.of(group.spec.subscription_id, group.spec.resource_group)


def ref_of(group: ContainerGroup) -> GroupRef:
    """Return the address of a group in Azure: it has its object's name."""
    return GroupRef(scope_of(group), group.metadata.name)


class Memories:
    """The memories, by the uid of the object."""

    def __init__(self, clock: Callable[[], datetime], timing: Callable[[], Timing], chance: random.Random) -> None:
        self._clock = clock
        self._timing = timing
        self._chance = chance
        self._memories: dict[str, Memory] = {}
        self._drawn: set[Key] = set()

    def drew(self, key: Key) -> None:
        """Remember that this process has drawn a name, so that nothing of it can be in Azure.

        This comes before the object is created: the watch may show it to a worker before the answer to the create.
        """
        self._drawn.add(key)

    def undrew(self, key: Key) -> None:
        """Forget a name that was drawn: its object was not made."""
        self._drawn.discard(key)

    def recall(self, group: ContainerGroup) -> Memory:
        """Return the memory of a group.

        A group at rest that was not known before, as after a restart, is first read at some moment of a health turn.
        """
        memory = self._memories.get(group.metadata.uid)
        if memory is None:
            delay = self._chance.uniform(0, self._timing().health_turn) if turns.at_rest(group.status) else 0.0
            drawn = key_of(group) in self._drawn
            self._drawn.discard(key_of(group))  # an object of this name with another uid is a restored one
            now = self._clock()
            memory = Memory(now + timedelta(seconds=delay), known_at=now, drawn=drawn, unsent=drawn)
            self._memories[group.metadata.uid] = memory
        return memory

    def remember(self, group: ContainerGroup, memory: Memory) -> None:
        """Replace the memory of a group."""
        self._memories[group.metadata.uid] = memory

    def asked(self, group: ContainerGroup) -> None:
        """Remember that this process has recorded the PUT that comes next."""
        self.remember(group, replace(self.recall(group), asked_at=group.status.requested_at))

    def sent(self, group: ContainerGroup) -> Memory:
        """Remember that a write was begun or has ended: what was read before it no longer counts."""
        now = self._clock()
        memory = self.recall(group).wrote(now, now + timedelta(seconds=self._timing().health_turn))
        self.remember(group, memory)
        return memory

    def failed(self, group: ContainerGroup, error: AzureError, before: Memory, *, write: bool = True) -> None:
        """Remember a failure; `before` knows whether it goes on for longer already."""
        again = trouble(error, before.trouble, group.spec, self._clock(), group.status.conditions)
        self._remember_trouble(group, replace(again, write=write))

    def unmade(self, group: ContainerGroup, error: AzureError, before: Memory, *, missing: bool) -> None:
        """Remember that its resource group could not be made; `missing` if Azure has just said that there is none."""
        told = group.status.conditions
        again = unmade(error, before.trouble, group.spec, self._clock(), told, missing=missing)
        self._remember_trouble(group, again)

    def _remember_trouble(self, group: ContainerGroup, again: Trouble) -> None:
        log.debug("%s: try %d: %s: %s", key_of(group), again.attempts, again.reason, again.message)
        self.remember(group, replace(self.recall(group), trouble=again))

    def contradicted(self, group: ContainerGroup, before: Memory) -> None:
        """Remember that the resource group exists which, as `before` knows, Azure has said to be missing."""
        found = contradicted(before.trouble, group.spec, self._clock()) if before.trouble is not None else None
        self.remember(group, replace(self.recall(group), trouble=found))

    def unanswered(self, group: ContainerGroup, error: AzureError, before: Memory) -> None:
        """Remember a PUT whose answer does not say whether Azure has taken it; `before` knows of earlier ones."""
        again = unanswered(error, before.unanswered, group.spec, self._clock())
        self.remember(group, replace(self.recall(group), unanswered=again))

    def forget(self, uid: str) -> None:
        """Forget a group."""
        self._memories.pop(uid, None)
