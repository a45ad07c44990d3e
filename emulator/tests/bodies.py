"""Container groups for the tests: as the SDK's models, and as JSON."""

from typing import Any

from azure.mgmt.containerinstance.models import (
    Container,
    ContainerGroup,
    ContainerPort,
    EnvironmentVariable,
    IpAddress,
    Port,
    ResourceRequests,
    ResourceRequirements,
)


def model(image: str = "nginx", **changes: Any) -> ContainerGroup:
    container = Container(
        name="web",
        image=image,
        ports=[ContainerPort(port=80)],
        environment_variables=[
            EnvironmentVariable(name="PLAIN", value="seen"),
            EnvironmentVariable(name="SECRET", secure_value="hidden"),
        ],
        resources=ResourceRequirements(requests=ResourceRequests(cpu=1, memory_in_gb=1.5)),
    )
    fields: dict[str, Any] = {
        "location": "westeurope",
        "containers": [container],
        "os_type": "Linux",
        "ip_address": IpAddress(type="Public", ports=[Port(port=80, protocol="TCP")]),
        "tags": {"owner": "tests"},
    }
    return ContainerGroup(**{**fields, **changes})


def document(**properties: Any) -> dict[str, Any]:
    """The JSON of a PUT; None takes a property out."""
    given = {
        "osType": "Linux",
        "containers": [container()],
        "ipAddress": {"type": "Public", "ports": [{"port": 80}]},
        **properties,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    return {"location": "westeurope", "properties": kept}


def container(name: str = "web", cpu: Any = 1, memory: Any = 1.5, **properties: Any) -> dict[str, Any]:
    given = {"image": "nginx", "resources": {"requests": {"cpu": cpu, "memoryInGB": memory}}, **properties}
    return {"name": name, "properties": {k: v for k, v in given.items() if v is not None}}
