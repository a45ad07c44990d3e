"""Find the container group that a path names."""

from aci_emulator.errors import Refusal, refuse
from aci_emulator.life.model import GROUP_TYPE, Group
from aci_emulator.state.cloud import Call, Cloud


def key(call: Call) -> str:
    """The store's key of the group in the path, whether or not there is one."""
    params = call.params
    return (
        f"/subscriptions/{params['subscription']}/resourceGroups/{params['resourceGroup']}/providers/{GROUP_TYPE}"
        f"/{params['name']}"
    ).lower()


def present(cloud: Cloud, call: Call) -> Group:
    """The group in the path.

    Raises:
        Refusal: 404 ResourceGroupNotFound or ResourceNotFound; 409 ResourceGroupBeingDeleted for a write.
    """
    call.resource_group(cloud, writing=call.request.method not in {"GET", "HEAD"})
    found = cloud.store.get(key(call), call.now)
    if found is None:
        raise missing(call)
    call.region = found.region
    return found


def settled(cloud: Cloud, call: Call) -> Group:
    """The group in the path, with no operation running on it.

    Raises:
        Refusal: as `present`, and 409 ContainerGroupTransitioning.
    """
    found = present(cloud, call)
    if found.transitioning:
        raise refuse("ContainerGroupTransitioning", group=found.name)
    return found


def missing(call: Call) -> Refusal:
    """The refusal that the group in the path is not there."""
    return refuse("ResourceNotFound", type=GROUP_TYPE, name=call.params["name"], group=call.params["resourceGroup"])
