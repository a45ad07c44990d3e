"""The garbage collector: container groups of this cluster whose object no longer exists.

It is the last line, for what no finalizer could hold: an object whose finalizer was cleared by hand, or a PUT whose
effect came after everything was given up. It looks at the cloud first and at the cluster afterwards, twice, and leaves
everything alone that it does not understand.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from aci_operator.api.base import ConditionType
from aci_operator.core.cloud import CloudGroup, GroupRef
from aci_operator.core.conditions import is_true
from aci_operator.core.errors import ApiInvalid, AzureError, ClusterError, Forbidden, NotFound
from aci_operator.core.garbage import Claim, allowance, fleet_size, suspects
from aci_operator.engine.memories import scope_of
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)


class Collector:
    """Makes rounds over everything in Azure that carries this cluster's id.

    Args:
        interval: Seconds between two rounds; a group must be an orphan in two of them.
        grace: Seconds since its creation before a group can be an orphan.
    """

    def __init__(self, around: Surroundings, *, interval: float, grace: float) -> None:
        self._around = around
        self._interval = interval
        self._grace = timedelta(seconds=grace)
        self._twice = timedelta(seconds=interval * 0.9)  # seen in an earlier round, however long that one took
        self._seen: dict[GroupRef, datetime] = {}

    async def run(self) -> None:
        """Make rounds until cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.round()
            except (AzureError, ClusterError) as error:
                log.warning("garbage collection ends early: %s", error)

    async def round(self) -> Sequence[Claim]:
        """Make one round and return what was deleted."""
        around = self._around
        if not around.cluster.complete() or not around.leadership.held():
            self._seen.clear()
            return ()
        now = around.clock()
        cloud = await self._cloud()
        orphans = await self._orphans(cloud)
        self._seen = {claim.ref: self._seen.get(claim.ref, now) for claim in orphans}
        ripe = [claim for claim in orphans if now - self._seen[claim.ref] >= self._twice]
        allowed = allowance(fleet_size(cloud, around.cluster_id))
        if len(ripe) > allowed:
            log.error(
                "%d container groups belong to no object any more, more than the %d that are deleted without a "
                "person's word: look at them with 'aci-operator gc', delete them with 'aci-operator gc --confirm'",
                len(ripe),
                allowed,
            )
            return ()
        return [claim for claim in ripe if await self.delete(claim)]

    async def orphans(self) -> Sequence[Claim]:
        """Return the groups whose object no longer exists, by one look at the cloud and then at the cluster."""
        return await self._orphans(await self._cloud())

    async def _orphans(self, cloud: Sequence[CloudGroup]) -> Sequence[Claim]:
        cluster = self._around.cluster
        uids = {group.metadata.uid for key in cluster.group_keys() if (group := cluster.group(key))}
        suspected = suspects(cloud, self._around.cluster_id, uids, self._around.clock(), self._grace)
        return [claim for claim in suspected if await self._orphaned(claim)]

    async def _cloud(self) -> list[CloudGroup]:
        """List whole subscriptions, or the resource groups in use where only those may be read."""
        around = self._around
        groups = [group for key in around.cluster.group_keys() if (group := around.cluster.group(key))]
        services = [service for key in around.cluster.service_keys() if (service := around.cluster.service(key))]
        scopes = {scope_of(group) for group in groups}
        named = {scope.subscription_id for scope in scopes}
        named |= {service.spec.subscription_id.lower() for service in services if service.spec.subscription_id}
        if around.default_subscription is not None:
            named.add(around.default_subscription.lower())
        found: list[CloudGroup] = []
        for subscription in sorted(named):
            try:
                found += await around.azure.list_subscription(subscription)
            except Forbidden:
                for scope in sorted(scope for scope in scopes if scope.subscription_id == subscription):
                    found += await around.azure.list(scope)
        return found

    async def _orphaned(self, claim: Claim) -> bool:
        """Tell whether no object stands behind a claim, by the API server itself.

        An object of the same name with another uid is a restored one: it takes the group over. A successor of the
        service that is not served yet keeps what its predecessor left.
        """
        try:
            if await self._around.cluster.fetch_group(Key(claim.namespace, claim.name)) is not None:
                return False
        except ApiInvalid:
            return False  # there is one, though it makes no sense to this version of the operator
        service = self._around.cluster.service(Key(claim.namespace, claim.service)) if claim.service else None
        return service is None or is_true(service.status.conditions, ConditionType.AVAILABLE)

    async def delete(self, claim: Claim) -> bool:
        """Delete an orphan, if a direct read still shows the same tags."""
        around = self._around
        try:
            group = await around.azure.get(claim.ref)
        except NotFound:
            return False
        still = suspects([group], around.cluster_id, (), around.clock(), self._grace)
        key = Key(claim.namespace, claim.name)
        budget = around.budgets.of("delete", claim.ref.scope.subscription_id, claim.location)
        if still != [claim] or not around.leadership.held():
            return False
        if budget.take(key, around.clock()) is not None:
            budget.leave(key)
            return False
        try:
            remaining = await around.azure.delete(claim.ref)
        except AzureError as error:
            budget.refused(error, around.clock())
            raise
        budget.answered(remaining, around.clock())
        log.warning("deleted container group %s: its object %s no longer exists", claim.ref.name, key)
        return True
