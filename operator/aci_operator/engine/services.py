"""The loop of services: it changes nothing in Azure, it creates and deletes the objects of container groups."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aci_operator.api import keys
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.errors import ApiForbidden, ApiInvalid
from aci_operator.core.service.actions import Deed, Preparation
from aci_operator.core.service.adoption import unclaimed
from aci_operator.core.service.deeds import Done, summaries
from aci_operator.core.service.observation import Observation
from aci_operator.core.service.plan import plan
from aci_operator.core.service.status import own, refused_status, settled
from aci_operator.core.story import Tell, pause, turn
from aci_operator.engine.heritage import NOTHING, UNKNOWN, Heritage, Past
from aci_operator.engine.memories import Memories
from aci_operator.engine.objects import Objects
from aci_operator.engine.ports import Key
from aci_operator.engine.statuses import tell_all, write_and_tell
from aci_operator.engine.storm import Storm
from aci_operator.engine.surroundings import Surroundings


class Services:
    """Makes passes over services."""

    def __init__(self, around: Surroundings, memories: Memories) -> None:
        self._around = around
        self._objects = Objects(around, memories)
        self._heritage = Heritage(around)
        self._storm = Storm(around.cluster)
        self._refusals: dict[Key, str] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Make one pass: look, decide, write down what was decided, do it.

        A service may have a past until it has once been available, and again when replicas have gone that it did not
        end: each pass then looks for what is left under its name, and takes that before it makes anything new.
        """
        service = self._service(key)
        if service is None:
            self._refusals.pop(key, None)
            self._heritage.forget(key)
            self._storm.entered(key, 0)
            return None
        if settled(service, self._around.cluster.groups_of(service)) or service.metadata.deletion_timestamp is not None:
            return await self._carry_out(key, self._observe(key, service, NOTHING))
        if service.status.observed_generation < 0:
            await self._carry_out(key, self._observe(key, service, UNKNOWN))  # a first word, before Azure is asked
        past = await self._heritage.look(key, service)
        service = self._service(key)
        return None if service is None else await self._carry_out(key, self._observe(key, service, past))

    def _service(self, key: Key) -> Service | None:
        service = self._around.cluster.service(key)
        return own(service) if service is not None else None

    def _observe(self, key: Key, service: Service, past: Past) -> Observation:
        around, cluster, now, left = self._around, self._around.cluster, self._around.clock(), past.groups

        def has_object(name: str) -> bool:
            return cluster.group(Key(key.namespace, name)) is not None

        return Observation(
            service=service,
            groups=cluster.groups_of(service),
            revisions=cluster.revisions_of(service),
            unreadable=cluster.unreadable_of(service),
            now=now,
            strays=cluster.strays_of(service),
            heritage=None if left is None else unclaimed(left, service, around.cluster_id, has_object),
            obstacle=past.obstacle,
            refused=self._refusals.get(key),
            shortages=around.shortages.present(now),
            doubted=around.shortages.doubted(now),
            allowance=self._storm.allowance(key),
            default_subscription=around.default_subscription,
        )

    async def _carry_out(self, key: Key, observed: Observation) -> float | None:
        """Carry out the plan, or say in the status what the API server refuses, if at least that is allowed."""
        try:
            after = await self._decide(observed)
        except (ApiForbidden, ApiInvalid) as error:
            self._refusals[key] = f"the API server refuses what the operator must do: {error}"
            current = self._around.cluster.service(key)
            if current is not None:
                # What is written already of the decision stays: a number that was given is never given again.
                found = replace(observed, service=current, groups=self._around.cluster.groups_of(current))
                told = refused_status(found, self._refusals[key])
                if told != current.status:
                    await write_and_tell(self._around, current, told, _turns(current.status, told))
            raise
        refused_before = self._refusals.pop(key, None) is not None
        return 0 if refused_before else after  # the status of this pass still says so

    async def _decide(self, observed: Observation) -> float | None:
        """Carry out the plan.

        The status, with the new serial, is written under the version that the plan came from and before anything is
        created or deleted: a plan from a stale look, or of a second operator, ends here with a conflict.
        """
        decided = plan(observed)
        service = observed.service
        self._storm.entered(Key(service.metadata.namespace, service.metadata.name), decided.healing)
        if decided.finalizers is not None:
            self._around.must_lead()
            service = await self._around.cluster.set_finalizers(service, decided.finalizers)
            if keys.FINALIZER not in decided.finalizers:
                return None
        async with self._told(service) as done:
            for action in decided.actions:
                if isinstance(action, Preparation):
                    self._around.must_lead()
                    await self._objects.prepare(service, action, done)
        news = (*decided.tell, *_turns(observed.service.status, decided.status))
        if decided.status != service.status:
            service = await write_and_tell(self._around, service, decided.status, news)
        else:
            await tell_all(self._around, service, news)
        async with self._told(service) as done:
            for action in decided.actions:
                self._around.must_lead()
                if isinstance(action, Deed):
                    await self._objects.perform(service, action, observed.subscription or "", done)
        return decided.after

    @asynccontextmanager
    async def _told(self, service: Service) -> AsyncIterator[list[Done]]:
        """Tell what was done, also when something else failed after it."""
        done: list[Done] = []
        try:
            yield done
        finally:
            await tell_all(self._around, service, summaries(done))


def _turns(before: ServiceStatus, after: ServiceStatus) -> tuple[Tell, ...]:
    told = (pause(before.conditions, after.conditions), turn(before.conditions, after.conditions))
    return tuple(tell for tell in told if tell is not None)
