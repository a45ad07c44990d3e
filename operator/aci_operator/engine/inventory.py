"""All container groups in Azure that may be this cluster's, for the collector."""

import logging
from collections.abc import Awaitable, Sequence
from typing import NamedTuple

from aci_operator.core.cloud import CloudGroup, ResourceGroupRef
from aci_operator.core.errors import AzureError, Forbidden, ResourceGroupNotFound, Throttled
from aci_operator.engine.surroundings import Surroundings

log = logging.getLogger(__name__)


class _Look(NamedTuple):
    """What one LIST showed, or why it showed nothing."""

    place: str
    groups: Sequence[CloudGroup] = ()
    error: AzureError | None = None


class Inventory:
    """Lists them, and remembers where there may be some."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._scopes: set[ResourceGroupRef] = set()
        self._subscriptions: set[str] = set()

    async def groups(self) -> list[CloudGroup]:
        """List whole subscriptions, or the resource groups in use where only those may be read.

        What was in use once is looked at until the process ends: a place that nothing names any more may hold groups.
        A place that cannot be listed is left out: whoever may write a service can name another tenant's subscription.

        Raises:
            AzureError: Azure asks to wait, or no place at all could be listed.
        """
        self._remember_places()
        looks = [look for subscription in sorted(self._subscriptions) for look in await self._looks(subscription)]
        errors = {look.place: look.error for look in looks if look.error is not None}
        if errors and len(errors) == len(looks):
            raise next(iter(errors.values()))
        if errors:
            told = "; ".join(f"{place}: {error}" for place, error in errors.items())
            log.warning("left out of this round of garbage collection, since it cannot be listed: %s", told)
        return [group for look in looks for group in look.groups]

    async def _looks(self, subscription: str) -> list[_Look]:
        reads = self._around.reads
        whole = await _look(f"subscription {subscription}", reads.list_subscription(subscription))
        if not isinstance(whole.error, Forbidden):
            return [whole]
        scopes = sorted(scope for scope in self._scopes if scope.subscription_id == subscription)
        return [await _look(f"resource group {scope.name} in {subscription}", reads.list(scope)) for scope in scopes]

    def _remember_places(self) -> None:
        default = self._around.default_subscription
        for subscription, resource_group in self._around.cluster.places():
            if subscription or default:
                self._scopes.add(ResourceGroupRef.of(subscription or default or "", resource_group))
        self._subscriptions |= {scope.subscription_id for scope in self._scopes}
        if default:
            self._subscriptions.add(default.lower())


async def _look(place: str, listing: Awaitable[Sequence[CloudGroup]]) -> _Look:
    try:
        return _Look(place, await listing)
    except Throttled:
        raise
    except ResourceGroupNotFound:
        return _Look(place)
    except AzureError as error:
        return _Look(place, error=error)
