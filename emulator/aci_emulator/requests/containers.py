"""The shape of containers and init containers in a request."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from aci_emulator.requests.part import Double, Flag, Int32, Part
from aci_emulator.requests.words import spelled


class Port(Part):
    """A port of a container or of the group's address."""

    port: Int32
    protocol: Annotated[str, spelled("protocol")] | None = None


class Variable(Part):
    """An environment variable; `secureValue` is never given back."""

    name: str
    value: str | None = None
    secure_value: str | None = None


class Gpu(Part):
    """GPUs of one kind."""

    count: Int32
    sku: Annotated[str, spelled("gpu.sku")]


class Amounts(Part):
    """CPU cores, GB of memory, GPUs."""

    cpu: Double | None = None
    memory_in_gb: Double | None = Field(None, alias="memoryInGB")
    gpu: Gpu | None = None


class Resources(Part):
    """Requests and limits."""

    requests: Amounts | None = None
    limits: Amounts | None = None


class Mount(Part):
    """A volume in a container."""

    name: str
    mount_path: str
    read_only: Flag | None = None


class Command(Part):
    """What a probe runs."""

    command: list[str] | None = None


class HttpHeader(Part):
    """A header of a probe's request."""

    name: str | None = None
    value: str | None = None


def _listed(value: Any) -> Any:
    # Versions before 2021-09-01 have one header where later ones have a list.
    return [value] if isinstance(value, dict) else value


class HttpGet(Part):
    """What a probe asks for."""

    port: Int32
    path: str | None = None
    scheme: Annotated[str, spelled("httpGet.scheme")] | None = None
    http_headers: Annotated[list[HttpHeader], BeforeValidator(_listed)] | None = None


class Probe(Part):
    """A liveness or readiness probe."""

    exec: Command | None = None
    http_get: HttpGet | None = None
    initial_delay_seconds: Int32 | None = None
    period_seconds: Int32 | None = None
    failure_threshold: Int32 | None = None
    success_threshold: Int32 | None = None
    timeout_seconds: Int32 | None = None


class Capabilities(Part):
    """Linux capabilities."""

    add: list[str] | None = None
    drop: list[str] | None = None


class SecurityContext(Part):
    """With which rights a container runs."""

    privileged: Flag | None = None
    allow_privilege_escalation: Flag | None = None
    capabilities: Capabilities | None = None
    run_as_group: Int32 | None = None
    run_as_user: Int32 | None = None
    seccomp_profile: str | None = None


class ContainerProperties(Part):
    """What runs, and with what. An init container has neither ports nor resources nor probes."""

    image: str | None = None
    command: list[str] | None = None
    ports: list[Port] | None = None
    environment_variables: list[Variable] | None = None
    resources: Resources | None = None
    volume_mounts: list[Mount] | None = None
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    security_context: SecurityContext | None = None


class Container(Part):
    """A container or an init container."""

    name: str
    properties: ContainerProperties
