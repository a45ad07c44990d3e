"""Whose turn it is to send what Azure limits: where the container groups stand in the lines of the budgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.group.observation import Turn
from aci_operator.core.service.share import Share, share
from aci_operator.engine.budgets.budget import Budget
from aci_operator.engine.budgets.budgets import Kind
from aci_operator.engine.budgets.line import Request
from aci_operator.engine.owners import owner_of
from aci_operator.engine.ports import Key
from aci_operator.engine.subnets import Subnets
from aci_operator.engine.surroundings import Surroundings


@dataclass(frozen=True)
class _Wait:
    """What a group waits for, and since when."""

    budget: Budget
    since: datetime


class Turns:
    """Asks the budgets, and remembers who waits."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._subnets = Subnets()
        self._waiting: dict[Key, _Wait] = {}

    def budget(self, group: ContainerGroup) -> Budget:
        """Return the budget of the next write to a group that needs one: its DELETE if it is to end, else its PUT."""
        return self._around.budgets.of(_kind(group), group.spec.subscription_id, group.spec.location)

    def ahead(self, key: Key, group: ContainerGroup) -> Turn | None:
        """Return the turn of a group that waits for it, None when it has come or is not waited for; takes nothing."""
        budget, now = self.budget(group), self._around.clock()
        behind = self._subnets.turn(key, group, now) if _kind(group) == "create" else None
        wait = self._waiting.get(key)
        waits = wait is not None and wait.budget is budget
        return behind or (budget.turn(self._request(key, group), now) if waits else None)

    def take(self, key: Key, group: ContainerGroup) -> bool:
        """Take the turn of a group, if it has come; else it waits from now on.

        In its subnet it is the first only when it goes: one that waits for its budget must not hold back the others.
        """
        budget, now = self.budget(group), self._around.clock()
        creates = _kind(group) == "create"
        if creates and self._subnets.turn(key, group, now) is not None:
            return False
        wait = self._wait(key, budget, now)
        if budget.take(self._request(key, group), now) is not None:
            self._waiting[key] = wait
            return False
        if creates:
            self._subnets.take(key, group, now)
        self._waiting.pop(key, None)
        self._around.telemetry.waited(_kind(group), (now - wait.since).total_seconds())
        return True

    def unused(self, key: Key, group: ContainerGroup) -> bool:
        """Give back the turn of a group if nothing was sent in it; tell whether that is so."""
        unsent = self.budget(group).unused(key)
        if unsent:
            self._subnets.leave(key)
        return unsent

    def learn(self, group: ContainerGroup) -> None:
        """Take in how a group is: others may have waited for it."""
        self._subnets.learn(group)

    def leave(self, key: Key) -> None:
        """Take a group out of every line."""
        self._subnets.leave(key)
        self._around.budgets.leave(key)
        self._waiting.pop(key, None)

    def let_pass(self, key: Key) -> None:
        """Take a group out of the line of its budget, if it is in one; in its subnet it keeps its place."""
        if self._waiting.pop(key, None) is not None:
            self._around.budgets.leave(key)

    def _wait(self, key: Key, budget: Budget, now: datetime) -> _Wait:
        """Return the wait of a group for a budget. For another one, as for its create before its delete, it ends."""
        wait = self._waiting.get(key)
        if wait is not None and wait.budget is budget:
            return wait
        if wait is not None:
            wait.budget.leave(key)
        return _Wait(budget, now)

    def _request(self, key: Key, group: ContainerGroup) -> Request:
        """Return what the budget must know of a write; only creates are shared out by what they are for."""
        service = owner_of(group, self._around.cluster).service
        if service is None:
            return Request(key, service=key, share=Share.GROWTH)
        creates = _kind(group) == "create"
        wanted = share(group, service, self._replicas(service)) if creates else Share.GROWTH
        return Request(key, service=Key(key.namespace, service.metadata.name), share=wanted)

    def _replicas(self, service: Service) -> Iterator[ContainerGroup]:
        """Yield the replicas of a service. To find them takes time, so not before the first one is asked for."""
        yield from self._around.cluster.groups_of(service)


def _kind(group: ContainerGroup) -> Kind:
    return "create" if group.metadata.deletion_timestamp is None else "delete"
