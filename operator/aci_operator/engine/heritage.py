"""What an earlier service of the same name has left in Azure, for a service that does not serve yet."""

from collections.abc import Collection
from dataclasses import dataclass

from aci_operator.api.service import Service
from aci_operator.core.cloud import CloudGroup, ResourceGroupRef
from aci_operator.core.errors import AzureError, ResourceGroupNotFound
from aci_operator.core.group.memory import Trouble
from aci_operator.core.group.refusals import trouble
from aci_operator.engine.ports import Key
from aci_operator.engine.surroundings import Surroundings


@dataclass(frozen=True)
class Past:
    """The groups in a service's resource group; None while they are not known, and then why."""

    groups: Collection[CloudGroup] | None
    obstacle: Trouble | None = None


@dataclass(frozen=True)
class _Place:
    """What messages of troubles name."""

    subscription_id: str
    resource_group: str
    location: str
    zone: None = None


NOTHING = Past(())
UNKNOWN = Past(None)


class Heritage:
    """Looks at resource groups before a service makes anything in them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._obstacles: dict[Key, Trouble] = {}

    async def look(self, key: Key, service: Service) -> Past:
        """Look at the service's resource group.

        Only "there is no such resource group" proves that there is nothing in it; any other failure proves nothing.
        """
        subscription = service.subscription_or(self._around.default_subscription)
        if subscription is None:
            return NOTHING
        now, before = self._around.clock(), self._obstacles.get(key)
        if before is not None and before.until > now:
            return Past(None, before)
        place = _Place(subscription, service.spec.resource_group, service.spec.placements[0].location)
        try:
            snapshot = await self._around.fleet.look(ResourceGroupRef.of(subscription, place.resource_group))
        except ResourceGroupNotFound:
            self.forget(key)
            return NOTHING
        except AzureError as error:
            self._obstacles[key] = trouble(error, before, place, self._around.clock(), service.status.conditions)
            return Past(None, self._obstacles[key])
        self.forget(key)
        return Past(snapshot.groups.values())

    def forget(self, key: Key) -> None:
        """Forget what stood in the way."""
        self._obstacles.pop(key, None)
