"""The shape of a container group in a request: types and names of the 2023-05-01 specification.

Fields that are not named here are kept as they come: they belong to other API versions.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from aci_emulator.errors import Refusal, refuse
from aci_emulator.wire import Json


class Part(BaseModel):
    """Part of a request: camel case on the wire, unknown fields kept, numbers finite."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, allow_inf_nan=False, coerce_numbers_to_str=True)


class Port(Part):
    """A port of a container or of the group's address."""

    port: int
    protocol: str | None = None


class Variable(Part):
    """An environment variable; `secureValue` is never given back."""

    name: str
    value: str | None = None
    secure_value: str | None = None


class Amounts(Part):
    """CPU cores and GB of memory."""

    cpu: float | None = None
    memory_in_gb: float | None = Field(None, alias="memoryInGB")
    gpu: Json | None = None


class Resources(Part):
    """Requests and limits."""

    requests: Amounts | None = None
    limits: Amounts | None = None


class Mount(Part):
    """A volume in a container."""

    name: str
    mount_path: str
    read_only: bool | None = None


class ContainerProperties(Part):
    """What runs, and with what."""

    image: str | None = None
    command: list[str] | None = None
    ports: list[Port] | None = None
    environment_variables: list[Variable] | None = None
    resources: Resources | None = None
    volume_mounts: list[Mount] | None = None
    liveness_probe: Json | None = None
    readiness_probe: Json | None = None
    security_context: Json | None = None


class Container(Part):
    """A container or an init container."""

    name: str
    properties: ContainerProperties = ContainerProperties()


class Registry(Part):
    """A credential for a registry: a username and password, or a user-assigned identity."""

    server: str
    username: str | None = None
    password: str | None = None
    identity: str | None = None
    identity_url: str | None = None


class Address(Part):
    """The group's address. `ip` and `fqdn` are Azure's to say."""

    type: str | None = None
    ports: list[Port] | None = None
    dns_name_label: str | None = None
    auto_generated_domain_name_label_scope: str | None = None


class AzureFile(Part):
    """A share of a storage account."""

    share_name: str
    storage_account_name: str
    storage_account_key: str | None = None
    read_only: bool | None = None


class Volume(Part):
    """Exactly one kind of volume."""

    name: str
    azure_file: AzureFile | None = None
    empty_dir: Json | None = None
    secret: dict[str, str] | None = None
    git_repo: Json | None = None


class SubnetId(Part):
    """The subnet of a private group."""

    id: str
    name: str | None = None


class LogAnalytics(Part):
    """Where logs go."""

    workspace_id: str
    workspace_key: str | None = None
    log_type: str | None = None
    metadata: dict[str, str] | None = None


class Diagnostics(Part):
    """Diagnostics of the group."""

    log_analytics: LogAnalytics | None = None


class Properties(Part):
    """The properties of a container group."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    image_registry_credentials: list[Registry] | None = None
    restart_policy: str | None = None
    ip_address: Address | None = None
    os_type: str | None = None
    volumes: list[Volume] | None = None
    diagnostics: Diagnostics | None = None
    subnet_ids: list[SubnetId] | None = None
    sku: str | None = None
    priority: str | None = None
    dns_config: Json | None = None
    encryption_properties: Json | None = None
    extensions: list[Json] | None = None


class Identity(Part):
    """Managed identities of the group."""

    type: str | None = None
    user_assigned_identities: dict[str, Any] | None = None


class ContainerGroup(Part):
    """The body of a PUT."""

    location: str | None = None
    zones: list[str] | None = None
    identity: Identity | None = None
    tags: Any = None
    properties: Properties


def parse(document: Json) -> ContainerGroup:
    """The typed form of a body.

    Raises:
        Refusal: 400 InvalidRequestContent, which names the path.
    """
    try:
        return ContainerGroup.model_validate(document)
    except ValidationError as error:
        raise _unreadable(error) from error


def _unreadable(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "missing":
        problem = f"Required property '{first['loc'][-1]}' not found in JSON. Path '{_path(first['loc'][:-1])}'"
    else:
        problem = f"{first['msg']}. Path '{_path(first['loc'])}'"
    return refuse("InvalidRequestContent", problem=f"{problem}, line 1, position 1.")


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
