"""What Azure refuses in a container group: the rules of the provider, one small check each."""

import re
from collections.abc import Callable, Iterable

from aci_emulator.errors import refuse
from aci_emulator.requests.schema import Container, ContainerGroup

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Recordings of 2020 and 2022 have upper-case letters in group names: accepted and kept.
GROUP_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
DNS_LABEL = re.compile(r"[a-z][a-z0-9-]{3,61}[a-z0-9]")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
VOLUME = re.compile(r"[a-z0-9]([a-z0-9-]{3,61}[a-z0-9])")
READ_ONLY_TIMEOUTS = {"provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"}
SIZES = {"Standard": (31.0, 240.0), "Dedicated": (31.0, 240.0), "Confidential": (31.0, 180.0), "Spot": (4.0, 16.0)}
"""The largest CPU and memory in GB for each sku, and for priority Spot (documented, November 2025)."""

CHOICES = {
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "sku": ("Standard", "Dedicated", "Confidential"),
    "priority": ("Regular", "Spot"),
    "type": ("Public", "Private"),
    "protocol": ("TCP", "UDP"),
}


def check(name: str, group: ContainerGroup) -> None:
    """Apply every rule that the request alone can break.

    Raises:
        Refusal: 400, of the first rule that is broken.
    """
    for rule in _RULES:
        rule(name, group)


def _names(name: str, _group: ContainerGroup) -> None:
    if not GROUP_NAME.fullmatch(name):
        raise refuse("InvalidContainerGroupName", group=name)


def _timeouts(_name: str, group: ContainerGroup) -> None:
    # Sending back what GET returned is refused: a read-modify-write must drop these.
    if READ_ONLY_TIMEOUTS & set(group.properties.model_extra or {}):
        raise refuse("CustomProvisioningTimeoutInSecondsNotSuppported")


def _os_type(_name: str, group: ContainerGroup) -> None:
    if (group.properties.os_type or "").lower() not in {"linux", "windows"}:
        raise refuse("InvalidOsType", os=group.properties.os_type or "<null>")


def _choices(name: str, group: ContainerGroup) -> None:
    properties = group.properties
    address = properties.ip_address
    given = [
        ("restartPolicy", properties.restart_policy),
        ("sku", properties.sku),
        ("priority", properties.priority),
        ("type", address.type if address else None),
        *(("protocol", port.protocol) for port in (address.ports or [] if address else [])),
        *(("protocol", port.protocol) for c in properties.containers or [] for port in c.properties.ports or []),
    ]
    for field, value in given:
        if value is not None and value.lower() not in {choice.lower() for choice in CHOICES[field]}:
            raise refuse("InvalidParameter", value=value, field=field, group=name, allowed=",".join(CHOICES[field]))


def _containers(name: str, group: ContainerGroup) -> None:
    containers = group.properties.containers or []
    everyone = [*containers, *(group.properties.init_containers or [])]
    if not containers or len(everyone) > 60:
        raise refuse("InvalidContainerCount", group=name, count=len(everyone))
    seen: set[str] = set()
    for container in everyone:
        if not LABEL.fullmatch(container.name) or container.name in seen:
            raise refuse("InvalidContainerName", container=container.name, group=name)
        seen.add(container.name)
        if not container.properties.image:
            raise refuse("InvalidParameter", value="<null>", field="image", group=name, allowed="an image")
        for variable in container.properties.environment_variables or []:
            if not VARIABLE.fullmatch(variable.name):
                raise refuse("InvalidContainerEnvironmentVariable", container=container.name, group=name)


def _resources(name: str, group: ContainerGroup) -> None:
    containers = group.properties.containers or []
    for container in containers:
        requests = container.properties.resources.requests if container.properties.resources else None
        if requests is None or (requests.cpu is None and requests.memory_in_gb is None):
            raise refuse("ResourceRequestsNotSpecified", container=container.name, group=name)
        for resource, value in (("Cpu", requests.cpu), ("MemoryInGB", requests.memory_in_gb)):
            if value is None:
                raise refuse(
                    "ResourceSomeRequestsNotSpecified", resource=resource, container=container.name, group=name
                )
    cpu = sum(_request(c, "cpu") for c in containers)
    memory = sum(_request(c, "memory_in_gb") for c in containers)
    _limits(name, containers, cpu, memory)
    sku = _sku(group)
    max_cpu, max_memory = SIZES[sku]
    smallest = min(min(_request(c, "cpu"), _request(c, "memory_in_gb")) for c in containers)
    if smallest <= 0 or cpu > max_cpu or memory > max_memory:
        raise refuse(
            "InvalidResourceRequests",
            group=name,
            cpu=f"{cpu:g}",
            memory=f"{memory:g}",
            sku=sku,
            max_cpu=f"{max_cpu:g}",
            max_memory=f"{max_memory:g}",
        )


def _sku(group: ContainerGroup) -> str:
    if (group.properties.priority or "").lower() == "spot":
        return "Spot"
    return (group.properties.sku or "Standard").capitalize()


def _request(container: Container, field: str) -> float:
    resources = container.properties.resources
    requests = resources.requests if resources else None
    return float(getattr(requests, field, None) or 0.0)


def _limits(name: str, containers: Iterable[Container], cpu: float, memory: float) -> None:
    for container in containers:
        limits = container.properties.resources.limits if container.properties.resources else None
        if limits is None:
            continue
        for resource, limit, total in (("Cpu", limits.cpu, cpu), ("MemoryInGB", limits.memory_in_gb, memory)):
            if limit is not None and limit > total:
                raise refuse(
                    "ContainerLimitGreaterThanContainerGroupTotalRequest",
                    resource=resource,
                    limit=f"{limit:g}",
                    container=container.name,
                    total=f"{total:g}",
                    group=name,
                )


def _address(name: str, group: ContainerGroup) -> None:
    properties = group.properties
    address = properties.ip_address
    if address is None:
        return
    private = (address.type or "Public").lower() == "private"
    if private and not properties.subnet_ids:
        raise refuse("PrivateIPAddressNotSupported", group=name)
    if not private and properties.subnet_ids:
        raise refuse("InvalidIpAddressTypeForNetworkProfile", group=name)
    if not address.ports:
        raise refuse("MissingIpAddressPorts", group=name)
    if (properties.priority or "").lower() == "spot":
        raise refuse("SpotPriorityContainerGroupNotSupportedForInboundConnectivity", group=name)
    ports = [port.port for port in address.ports]
    if len(ports) > 5:
        raise refuse("InvalidIpAddressPorts", group=name, problem="an address has at most 5 ports.")
    inside = [port.port for c in properties.containers or [] for port in c.properties.ports or []]
    if any(not 1 <= port <= 65535 for port in [*ports, *inside]):
        raise refuse("InvalidIpAddressPorts", group=name, problem="a port is between 1 and 65535.")
    label = address.dns_name_label
    if label is not None and not DNS_LABEL.fullmatch(label):
        raise refuse("InvalidDnsNameLabel", label=label, group=name)


def _registries(name: str, group: ContainerGroup) -> None:
    identity = group.identity
    assigned = {item.lower() for item in (identity.user_assigned_identities or {})} if identity else set()
    for registry in group.properties.image_registry_credentials or []:
        with_password = registry.username is not None or registry.password is not None
        if with_password and registry.identity is not None:
            raise refuse("AmbiguousImageResitryCredentialType", server=registry.server, group=name)
        if registry.identity is not None:
            if registry.identity.lower() not in assigned:
                raise refuse("InvalidImageRegistryIdentity", identity=registry.identity, group=name)
        elif not registry.username or not registry.password:
            raise refuse("InvalidImageRegistryCredentialType", server=registry.server, group=name)


def _volumes(name: str, group: ContainerGroup) -> None:
    volumes = group.properties.volumes or []
    if len(volumes) > 20:
        raise refuse("InvalidVolume", volume=volumes[20].name, group=name, problem="a group has at most 20 volumes.")
    for volume in volumes:
        kinds = [volume.azure_file, volume.empty_dir, volume.secret, volume.git_repo]
        problem = None
        if not VOLUME.fullmatch(volume.name):
            problem = "a name has 5 to 63 lowercase letters, digits and hyphens."
        elif sum(kind is not None for kind in kinds) != 1:
            problem = "exactly one of azureFile, emptyDir, secret and gitRepo is given."
        elif volume.azure_file is not None and not volume.azure_file.storage_account_key:
            # Also on an update: what a GET returned lacks the key, and sending it back is refused.
            problem = "the storageAccountKey is required."
        if problem is not None:
            raise refuse("InvalidVolume", volume=volume.name, group=name, problem=problem)
    names = {volume.name for volume in volumes}
    for container in [*(group.properties.containers or []), *(group.properties.init_containers or [])]:
        for mount in container.properties.volume_mounts or []:
            if mount.name not in names:
                raise refuse("InvalidVolume", volume=mount.name, group=name, problem="it is mounted, but not defined.")


def _diagnostics(_name: str, group: ContainerGroup) -> None:
    log = group.properties.diagnostics.log_analytics if group.properties.diagnostics else None
    if log is not None and log.metadata and log.log_type == "ContainerInstanceLogs":
        raise refuse("LogAnalyticsMetadataNotAllowed", log_type=log.log_type)


_RULES: tuple[Callable[[str, ContainerGroup], None], ...] = (
    _names,
    _timeouts,
    _os_type,
    _choices,
    _containers,
    _resources,
    _address,
    _registries,
    _volumes,
    _diagnostics,
)
