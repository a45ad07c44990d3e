"""The body of a container group's PUT, as Azure Resource Manager takes it (API version 2023-05-01)."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aci_operator.api.group import ContainerGroup, GroupSpec
from aci_operator.api.placement import NetworkType
from aci_operator.api.quantities import cpu_cores, memory_gb
from aci_operator.api.template import MAX_PORTS_PER_IP, Container, Priority, ReplicaSpec
from aci_operator.core.errors import Invalid


def body(group: ContainerGroup, tags: Mapping[str, str]) -> dict[str, Any]:
    """Render a group.

    Args:
        group: The group object.
        tags: All tags that the group in Azure shall carry.

    Returns:
        Plain JSON values. Fields that the spec leaves empty are left out, so that Azure's defaults stand.

    Raises:
        Invalid: The spec cannot be said in Azure's terms; the message begins with the path of the field.
    """
    spec = group.spec
    properties: dict[str, Any] = {
        "osType": "Linux",
        "restartPolicy": spec.template.restart_policy.value,
        "containers": [_container(index, container) for index, container in enumerate(spec.template.containers)],
    }
    if spec.template.priority is not Priority.REGULAR:
        properties["priority"] = spec.template.priority.value
    if spec.template.image_registries:
        properties["imageRegistryCredentials"] = _registries(spec.template)
    properties |= _network(spec)
    rendered: dict[str, Any] = {"location": spec.location, "tags": dict(tags), "properties": properties}
    if spec.zone is not None:
        rendered["zones"] = [spec.zone]
    if spec.template.user_assigned_identities:
        rendered["identity"] = {
            "type": "UserAssigned",
            "userAssignedIdentities": {identity: {} for identity in spec.template.user_assigned_identities},
        }
    return rendered


def _container(index: int, container: Container) -> dict[str, Any]:
    path = f"spec.template.containers[{index}]"
    if container.args and not container.command:
        raise Invalid(message=f"{path}.args: needs a command, since ACI has one list for both")
    requests = container.resources.requests
    properties: dict[str, Any] = {
        "image": container.image,
        "resources": {
            "requests": {
                "cpu": _quantity(f"{path}.resources.requests.cpu", cpu_cores, requests.cpu),
                "memoryInGB": _quantity(f"{path}.resources.requests.memory", memory_gb, requests.memory),
            }
        },
    }
    if container.command:
        properties["command"] = [*container.command, *container.args]
    if container.ports:
        properties["ports"] = _ports((port.container_port, port.protocol.value) for port in container.ports)
    if container.env:
        properties["environmentVariables"] = [{"name": env.name, "value": env.value} for env in container.env]
    return {"name": container.name, "properties": properties}


def _quantity(path: str, convert: Callable[[str], float], quantity: str) -> float:
    try:
        number = convert(quantity)
    except (ValueError, ArithmeticError) as error:
        raise Invalid(message=f"{path}: {error}") from None
    if not math.isfinite(number):
        raise Invalid(message=f'{path}: "{quantity}" is too large')
    return number


def _registries(template: ReplicaSpec) -> list[dict[str, str]]:
    # Resource ids compare without case in Azure.
    assigned = {identity.lower() for identity in template.user_assigned_identities}
    for index, registry in enumerate(template.image_registries):
        if registry.identity.lower() not in assigned:
            raise Invalid(
                message=f"spec.template.imageRegistries[{index}].identity: must also be in userAssignedIdentities"
            )
    return [{"server": registry.server, "identity": registry.identity} for registry in template.image_registries]


def _network(spec: GroupSpec) -> dict[str, Any]:
    network = spec.network
    if network.type is not NetworkType.PRIVATE and network.subnet_id is not None:
        raise Invalid(message=f"spec.network.subnetId: not allowed with type {network.type.value}")
    if network.type is NetworkType.NONE:
        return {}
    ports = _ports((port.port, port.protocol.value) for port in network.ports) or _ports(
        (port.container_port, port.protocol.value) for each in spec.template.containers for port in each.ports
    )
    if not ports:
        raise Invalid(
            message=f"spec.network.ports: type {network.type.value} needs at least one port, here or in a container"
        )
    if len(ports) > MAX_PORTS_PER_IP:
        raise Invalid(
            message=f"spec.network.ports: ACI opens at most {MAX_PORTS_PER_IP} ports on an IP, "
            f"and the containers have {len(ports)}; list the ones to open"
        )
    rendered: dict[str, Any] = {"ipAddress": {"type": network.type.value, "ports": ports}}
    if network.type is NetworkType.PRIVATE:
        if network.subnet_id is None:
            raise Invalid(message="spec.network.subnetId: required with type Private")
        rendered["subnetIds"] = [{"id": network.subnet_id}]
    return rendered


def _ports(ports: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": protocol} for port, protocol in dict.fromkeys(ports)]
