"""All container groups in Azure that may be this cluster's, for the collector."""

import logging
from collections.abc import Sequence

from aci_operator.core.cloud import CloudGroup, ResourceGroupRef
from aci_operator.core.errors import Forbidden, ResourceGroupNotFound, SubscriptionNotFound
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)


class Inventory:
    """Lists them, and remembers where there may be some."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._scopes: set[ResourceGroupRef] = set()
        self._subscriptions: set[str] = set()

    async def groups(self) -> list[CloudGroup]:
        """List whole subscriptions, or the resource groups in use where only those may be read.

        What was in use once is looked at until the process ends: a place that nothing names any more may hold groups.
        """
        self._remember_places()
        found: list[CloudGroup] = []
        for subscription in sorted(self._subscriptions):
            try:
                found += await self._around.azure.list_subscription(subscription)
            except Forbidden:
                for scope in sorted(scope for scope in self._scopes if scope.subscription_id == subscription):
                    found += await self._listed(scope)
            except SubscriptionNotFound as error:
                log.warning("subscription %s is left out of garbage collection: %s", subscription, error)
        return found

    async def _listed(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        try:
            return await self._around.azure.list(scope)
        except ResourceGroupNotFound:
            return ()
        except (Forbidden, SubscriptionNotFound) as error:
            log.warning("resource group %s is left out of garbage collection: %s", scope.name, error)
            return ()

    def _remember_places(self) -> None:
        default = self._around.default_subscription
        for subscription, resource_group in self._around.cluster.places():
            if subscription or default:
                self._scopes.add(ResourceGroupRef.of(subscription or default or "", resource_group))
        self._subscriptions |= {scope.subscription_id for scope in self._scopes}
        if default:
            self._subscriptions.add(default.lower())
