"""What Azure refuses in requests and limits of CPU, memory and GPUs."""

from collections.abc import Iterable

from aci_emulator.errors import refuse
from aci_emulator.regions import normal
from aci_emulator.requests.containers import Amounts, Container, Gpu
from aci_emulator.requests.schema import ContainerGroup
from aci_emulator.requests.words import CHOICES
from aci_emulator.variants import Variants

SIZES = {"Standard": (31.0, 240.0), "Dedicated": (31.0, 240.0), "Confidential": (31.0, 180.0), "Spot": (4.0, 16.0)}
"""The largest CPU and memory in GB for each sku, and for priority Spot (documented, November 2025)."""


def requests(name: str, group: ContainerGroup) -> None:
    """Both amounts are given for each container, and their sums fit the sku."""
    containers = group.properties.containers or []
    for container in containers:
        amounts = _requests(container)
        if amounts is None or (amounts.cpu is None and amounts.memory_in_gb is None):
            raise refuse("ResourceRequestsNotSpecified", container=container.name, group=name)
        for resource, value in (("Cpu", amounts.cpu), ("MemoryInGB", amounts.memory_in_gb)):
            if value is None:
                raise refuse(
                    "ResourceSomeRequestsNotSpecified", resource=resource, container=container.name, group=name
                )
    cpu, memory = _total(containers)
    _limits(name, containers, cpu, memory)
    sku = "Spot" if group.properties.priority == "Spot" else group.properties.sku or "Standard"
    max_cpu, max_memory = SIZES[sku]
    smallest = min(min(amounts.cpu or 0.0, amounts.memory_in_gb or 0.0) for amounts in map(_amounts, containers))
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


def gpus(name: str, group: ContainerGroup, variants: Variants) -> None:
    """GPUs were retired in July 2025 (documented); how they are refused since is a variant."""
    containers = group.properties.containers or []
    wanted = [gpu for container in containers for gpu in _gpus(container)]
    if not wanted:
        return
    first = wanted[0]
    if first.sku not in CHOICES["gpu.sku"]:
        allowed = ",".join(CHOICES["gpu.sku"])
        raise refuse("InvalidParameter", value=first.sku, field="gpu.sku", group=name, allowed=allowed)
    if group.properties.priority == "Spot":
        raise refuse("SpotPriorityContainerGroupWithGPUResourcesNotSupported")
    location = normal(group.location or "")
    if variants.gpu == "no-quota":
        raise refuse(
            "ContainerGroupQuotaReached",
            quota=f"{first.sku}Cores",
            location=location,
            limit="0",
            usage="0",
            requested=str(first.count),
        )
    if variants.gpu == "no-capacity":
        cpu, memory = _total(containers)
        network = " virtual network" if group.properties.subnet_ids else ""
        raise refuse(
            "ServiceUnavailable",
            location=location,
            cpu=f"{cpu:g}",
            memory=f"{memory:g}",
            os=group.properties.os_type,
            network=f" '{first.count}' '{first.sku}' GPU{network}",
        )


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


def _requests(container: Container) -> Amounts | None:
    resources = container.properties.resources
    return resources.requests if resources else None


def _amounts(container: Container) -> Amounts:
    return _requests(container) or Amounts()


def _total(containers: list[Container]) -> tuple[float, float]:
    amounts = [_amounts(container) for container in containers]
    return sum(a.cpu or 0.0 for a in amounts), sum(a.memory_in_gb or 0.0 for a in amounts)


def _gpus(container: Container) -> list[Gpu]:
    resources = container.properties.resources
    both = (resources.requests, resources.limits) if resources else ()
    return [amounts.gpu for amounts in both if amounts is not None and amounts.gpu is not None]
