"""Resource groups."""

import re
from dataclasses import replace

from aci_emulator.arm import filters, projection
from aci_emulator.errors import refuse
from aci_emulator.life.model import ResourceGroup
from aci_emulator.regions import normal
from aci_emulator.requests import tags
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response

NAME = re.compile(r"[\w().-]{0,89}[\w()-]")


def head(cloud: Cloud, call: Call) -> Response:
    """204 when it exists, 404 otherwise (the SDK's check_existence)."""
    call.resource_group(cloud)
    return Response(204)


def get(cloud: Cloud, call: Call) -> Response:
    """One resource group."""
    return Response.of(200, projection.resource_group(call.resource_group(cloud)))


def put(cloud: Cloud, call: Call) -> Response:
    """Create (201) or update (200); the location of one that exists is fixed."""
    name = call.params["resourceGroup"]
    document = call.body
    location = str(document.get("location") or "")
    if not NAME.fullmatch(name):
        strange = "".join(sorted({c for c in name if not re.match(r"[\w().-]", c)}))
        raise refuse("InvalidResourceGroupName", group=name, characters=strange)
    if not location:
        raise refuse("LocationRequired")
    new_tags = tags.checked(document.get("tags"))
    subscription = cloud.store.subscriptions[call.subscription.lower()].id
    new = ResourceGroup(name, subscription, normal(location), new_tags)
    present = cloud.store.resource_groups.get(new.key)
    if present is None:
        if new.location not in cloud.settings.locations:
            raise refuse(
                "LocationNotAvailableForResourceGroup", location=location, locations=",".join(cloud.settings.locations)
            )
        _store(cloud, new)
        return Response.of(201, projection.resource_group(new))
    if present.gone_at is not None:
        raise refuse("ResourceGroupBeingDeleted", group=present.name)
    if present.location != new.location:
        raise refuse("InvalidResourceGroupLocation", location=location, present=present.location)
    changed = replace(present, tags=new_tags)
    _store(cloud, changed)
    return Response.of(200, projection.resource_group(changed))


def patch(cloud: Cloud, call: Call) -> Response:
    """Tags, the whole map."""
    present = call.resource_group(cloud, writing=True)
    document = call.body
    changed = replace(present, tags=tags.checked(document["tags"])) if "tags" in document else present
    _store(cloud, changed)
    return Response.of(200, projection.resource_group(changed))


def delete(cloud: Cloud, call: Call) -> Response:
    """202 with Location and Retry-After 15 (recorded, November 2025); what is in it goes at the end."""
    present = call.resource_group(cloud)
    if present.gone_at is None:
        ends = call.after(cloud.wait(cloud.settings.resource_group_delete_latency))
        _store(cloud, replace(present, gone_at=ends))
        # One that takes no time is gone when the answer leaves.
        cloud.settle(call.now)
    job = f"{present.name.upper()}-{present.location.upper()}"
    url = f"{call.request.base}/subscriptions/{present.subscription}/operationresults/{job}?api-version=2021-04-01"
    seconds = round(cloud.settings.scaled(15))
    return Response(202, {"Location": url, **({"Retry-After": str(seconds)} if seconds else {})})


def read_deletion(cloud: Cloud, call: Call) -> Response:
    """The Location of a deletion: 202 while it runs, then 200."""
    name = call.params["job"].rpartition("-")[0].lower()
    present = cloud.store.resource_groups.get(f"/subscriptions/{call.subscription}/resourcegroups/{name}".lower())
    if present is not None and present.gone_at is not None:
        return Response(202, {"Location": call.request.url})
    return Response(200)


def list_all(cloud: Cloud, call: Call) -> Response:
    """All of a subscription; `$filter` by a tag and `$top` as documented."""
    prefix = f"/subscriptions/{call.subscription.lower()}/"
    principal, action = call.request.principal, "Microsoft.Resources/subscriptions/resourceGroups/read"
    found = [
        g
        for g in cloud.store.resource_groups.values()
        if g.key.startswith(prefix) and cloud.roles.allows(principal, action, g.id)
    ]
    query = call.request.query
    if query.get("$filter"):
        wanted = filters.parse(query["$filter"], ("tagName", "tagValue"))
        found = [g for g in found if filters.tagged(g.tags, wanted)]
    found = found[: filters.top(query.get("$top", ""))]
    return Response.of(200, projection.page([projection.resource_group(g) for g in found], None))


def _store(cloud: Cloud, group: ResourceGroup) -> None:
    cloud.store.resource_groups[group.key] = group
    cloud.store.version += 1
