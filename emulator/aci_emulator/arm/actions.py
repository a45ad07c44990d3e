"""Start, stop and restart of a container group."""

from dataclasses import replace

from aci_emulator.arm import launch
from aci_emulator.arm.lookup import present, settled
from aci_emulator.errors import refuse
from aci_emulator.life import groups
from aci_emulator.limits import capacity
from aci_emulator.requests import acceptance
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Response


def start(cloud: Cloud, call: Call) -> Response:
    """204 with an operation and a new address; 204 alone when it runs (both recorded)."""
    found = settled(cloud, call)
    if found.state == "Running":
        return Response(204)
    acceptance.check_return(cloud, call, found)
    launch.begin(cloud, call, replace(found, ip=None), "start")
    return Response(204)


def stop(cloud: Cloud, call: Call) -> Response:
    """204 and no operation; a stopped or ended group stays as it is."""
    found = settled(cloud, call)
    late = cloud.settings.variants.view_after_stop == "late"
    stopped = groups.stop(found, call.now, late_view=late)
    if stopped is not found:
        cloud.store.put(stopped, call.now)
    return Response(204)


def restart(cloud: Cloud, call: Call) -> Response:
    """204 with an operation, in place, also of an ended group; a second one during the first is accepted (recorded)."""
    found = present(cloud, call)
    if found.transition is not None and found.transition.verb != "restart":
        raise refuse("ContainerGroupTransitioning", group=found.name)
    if found.state == "Stopped":
        status = cloud.settings.variants.stopped_status
        raise refuse("ContainerGroupStopped", status=status, group=found.name, resource_group=found.resource_group)
    if not capacity.holds(found):
        acceptance.check_return(cloud, call, found)
    launch.begin(cloud, call, found, "restart")
    return Response(204)
