"""What tests of limits ask for: containers of a size, a PUT that is left at its answer, other settings."""

from typing import Any

from azure.mgmt.containerinstance.models import Container, ResourceRequests, ResourceRequirements

from .bodies import model
from .direct import Sdk
from .machine import Machine


def sized(cpu: float, memory: float = 1.5) -> list[Container]:
    requests = ResourceRequests(cpu=cpu, memory_in_gb=memory)
    return [Container(name="web", image="nginx", resources=ResourceRequirements(requests=requests))]


def put(client: Sdk, name: str, **changes: Any) -> Any:
    return client.container_groups.begin_create_or_update("rg", name, model(**changes), polling=False).result()


def change(machine: Machine, **values: Any) -> None:
    machine.arm.settings = machine.arm.settings.changed(values)
