"""What may stand in the path of a request. An object can be older than the CRD's patterns: it is checked here too."""

import re
from typing import Final
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from aci_operator.api.strings import Location, ResourceGroupName, SubscriptionId
from aci_operator.core.cloud import GroupRef, ResourceGroupRef
from aci_operator.core.errors import Invalid

_LOCATION: Final = TypeAdapter[str](Location)
_SUBSCRIPTION: Final = TypeAdapter[str](SubscriptionId)
_RESOURCE_GROUP: Final = TypeAdapter[str](ResourceGroupName)
# Wider than the CRD's pattern: old groups with upper-case letters exist, and the collector must be able to name them.
_GROUP: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?")


def subscription(subscription_id: str) -> str:
    """Return a subscription's id. Raises Invalid for what is none."""
    return _checked(_SUBSCRIPTION, subscription_id, "a subscription id")


def resource_group(scope: ResourceGroupRef) -> str:
    """Return a resource group's name. Raises Invalid for what is none."""
    return _checked(_RESOURCE_GROUP, scope.name, "the name of a resource group")


def group(ref: GroupRef) -> tuple[str, str]:
    """Return the names of a container group's resource group and of itself. Raises Invalid for what is none."""
    if not _GROUP.fullmatch(ref.name):
        raise Invalid(message=f'"{ref.name}" cannot be the name of a container group')
    return resource_group(ref.scope), ref.name


def of_group(ref: GroupRef) -> str:
    """Return the path of one container group."""
    _, name = group(ref)
    return f"{groups_in(ref.scope)}/{name}"


def groups_in(scope: ResourceGroupRef) -> str:
    """Return the path of all container groups of a resource group."""
    within = f"/resourceGroups/{quote(resource_group(scope), safe='')}"
    return f"/subscriptions/{subscription(scope.subscription_id)}{within}{_GROUPS}"


def groups_of(subscription_id: str) -> str:
    """Return the path of all container groups of a subscription."""
    return f"/subscriptions/{subscription(subscription_id)}{_GROUPS}"


def usages_in(subscription_id: str, location: str) -> str:
    """Return the path of what is used of a subscription's quotas in a region."""
    place = _checked(_LOCATION, location, "a region")
    return (
        f"/subscriptions/{subscription(subscription_id)}/providers/Microsoft.ContainerInstance/locations/{place}/usages"
    )


_GROUPS: Final = "/providers/Microsoft.ContainerInstance/containerGroups"


def _checked(form: TypeAdapter[str], value: str, what: str) -> str:
    try:
        return form.validate_python(value)
    except ValidationError:
        raise Invalid(message=f'"{value}" is not {what}') from None
