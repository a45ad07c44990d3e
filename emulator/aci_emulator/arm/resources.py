"""ARM's list of all resources, and whether one exists."""

from collections.abc import Iterable

from aci_emulator.arm import filters, projection
from aci_emulator.arm.lookup import present
from aci_emulator.errors import refuse
from aci_emulator.life.model import GROUP_TYPE, Group
from aci_emulator.regions import normal
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Json, Response

SHOWN: tuple[str, ...] = ("id", "name", "type", "location", "tags", "zones", "identity")
FIELDS = ("resourceType", "resourceGroup", "name", "location", "tagName", "tagValue")


def list_in_subscription(cloud: Cloud, call: Call) -> Response:
    """The resources of a subscription that the caller may read; `$filter` and `$top` as documented."""
    return _list(cloud, call, f"/subscriptions/{call.subscription.lower()}/")


def list_in_resource_group(cloud: Cloud, call: Call) -> Response:
    """The resources of a resource group that the caller may read."""
    return _list(cloud, call, f"{call.resource_group(cloud).key}/")


def head(cloud: Cloud, call: Call) -> Response:
    """Whether a container group exists: 204 or 404, or 405 from a provider that does not answer this (documented)."""
    if cloud.settings.variants.head_of_group == "refused":
        raise refuse("HttpMethodNotSupported", method="HEAD")
    present(cloud, call)
    return Response(204)


def _list(cloud: Cloud, call: Call, prefix: str) -> Response:
    query = call.request.query
    wanted = filters.parse(query["$filter"], FIELDS) if query.get("$filter") else {}
    found = [
        g
        for g in cloud.store.groups(call.now)
        if g.key.startswith(prefix)
        and _fits(g, wanted)
        and cloud.roles.allows(call.request.principal, f"{GROUP_TYPE}/read", g.id)
    ]
    shown = found[: filters.top(query.get("$top", ""))]
    return Response.of(200, projection.page(list(_items(shown, cloud.settings.tenant)), None))


def _fits(group: Group, wanted: dict[str, str]) -> bool:
    facts = {
        "resourcetype": GROUP_TYPE.lower(),
        "resourcegroup": group.resource_group.lower(),
        "name": group.name.lower(),
        "location": group.region,
    }
    plain = {k: normal(v) if k == "location" else v.lower() for k, v in wanted.items() if k in facts}
    return all(facts[k] == v for k, v in plain.items()) and filters.tagged(group.tags, wanted)


def _items(groups: Iterable[Group], tenant: str) -> Iterable[Json]:
    for group in groups:
        listed = projection.listed(group, tenant)
        # ARM's own list knows what every resource has; the rest is the provider's.
        yield {name: listed[name] for name in SHOWN if name in listed}
