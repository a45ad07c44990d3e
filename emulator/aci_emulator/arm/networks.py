"""What the provider has to do with networks."""

import math

from aci_emulator.arm.lookup import present
from aci_emulator.errors import refuse
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response, number

PROVIDER = "/providers/Microsoft.ContainerInstance"


def outbound_dependencies(cloud: Cloud, call: Call) -> Response:
    """Always an empty list (specification)."""
    present(cloud, call)
    return Response.of(200, [])


def delete_link(cloud: Cloud, call: Call) -> Response:
    """Take away what ties a subnet to container instances: 200, or 202 with a Location; 204 when there is nothing.

    Raises:
        Refusal: 409 SubnetInUse while container groups are in the subnet.
    """
    place = call.resource_group(cloud)
    network, subnet = call.params["network"], call.params["subnet"]
    identifier = f"{place.id}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}"
    inside = next((g for g in cloud.store.groups(call.now) if identifier.lower() in g.subnets), None)
    if inside is not None:
        raise refuse("SubnetInUse", subnet=identifier, group=inside.id)
    if not cloud.links.remove(identifier):
        return Response(204)
    cloud.store.version += 1
    if cloud.settings.variants.link_deletion == "200":
        return Response(200)
    # Its end is part of the name, so that nothing need be kept.
    ends = call.after(cloud.wait(cloud.settings.restart_latency))
    job = f"{math.ceil(ends.timestamp() * 1000)}-{cloud.guid()}"
    path = f"/subscriptions/{place.subscription}{PROVIDER}/locations/{place.location}/operationresults/{job}"
    return Response(202, {"Location": f"{call.request.base}{path}?api-version=2018-06-01"})


def read_deletion(_cloud: Cloud, call: Call) -> Response:
    """The Location of a link's deletion: 202 while it runs, then 200."""
    ends = number(call.params["job"].partition("-")[0])
    if ends is None:
        raise refuse("OperationNotFound", operation=call.params["job"])
    running = call.now.timestamp() * 1000 < ends
    return Response(202, {"Location": call.request.url}) if running else Response(200)
