"""What a person may read of Azure for a plan: what is there of a service, and how much of the quotas is used."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aci_operator.api.group import ContainerGroup
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service
from aci_operator.core.cloud import CloudGroup, ResourceGroupRef
from aci_operator.core.errors import AzureError, ResourceGroupNotFound
from aci_operator.core.shortage import LASTS, Shortage, Size
from aci_operator.core.usage import Usage, lacking
from aci_operator.engine.ports import Azure


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        groups: All container groups of the service's resource group; None when they cannot be read.
        shortages: Quotas that have no room for one more replica.
        notes: What else people want to know of it.
    """

    groups: Collection[CloudGroup] | None
    shortages: Sequence[Shortage]
    notes: Sequence[str]


async def survey(
    azure: Azure, service: Service, objects: Sequence[ContainerGroup], subscription: str, now: datetime
) -> Survey:
    """Look at Azure; what cannot be read is a note."""
    notes: list[str] = []
    groups: Collection[CloudGroup] | None = ()
    try:
        groups = await azure.list(ResourceGroupRef.of(subscription, service.spec.resource_group))
        notes += _gone(objects, groups)
    except ResourceGroupNotFound:
        notes += _gone(objects, ())
    except AzureError as error:
        groups = None
        notes.append(f"the container groups cannot be read: {error}")
    shortages: list[Shortage] = []
    for location in dict.fromkeys(placement.location for placement in service.spec.placements):
        try:
            usages = await azure.list_usages(subscription, location)
        except AzureError as error:
            notes.append(f"what is used of the quotas in {location} cannot be read: {error}")
        else:
            shortages += _short(service, subscription, location, usages, now)
    notes += [shortage.message for shortage in shortages]
    return Survey(groups, shortages, notes)


def _gone(objects: Iterable[ContainerGroup], groups: Iterable[CloudGroup]) -> Iterator[str]:
    present = {group.ref.name for group in groups}
    for group in objects:
        if group.status.accepted_at is not None and group.metadata.name not in present:
            yield f"{group.metadata.name} is not in Azure: the operator looks twice, then replaces it"


def _short(
    service: Service, subscription: str, location: str, usages: Sequence[Usage], now: datetime
) -> Iterator[Shortage]:
    size = Size.of(service.spec.template.spec)
    sentence = lacking(usages, {}, size, location)
    if sentence is not None:
        until = now + LASTS[Reason.QUOTA_EXCEEDED]
        yield Shortage(subscription.lower(), location, None, size, Reason.QUOTA_EXCEEDED, sentence, until)
