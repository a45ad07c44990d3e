"""The template of a replica: a pod template with the fields that Azure Container Instances can honour."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from aci_operator.api.base import Model
from aci_operator.api.quantities import Quantity

MAX_PORTS_PER_IP = 5
"""Ports that one IP of ACI can have (limits page of 17 November 2025)."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=63)]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", min_length=1, max_length=63)]
ResourceId = Annotated[str, StringConstraints(pattern=r"^/subscriptions/[^/?#%]+/.+$", max_length=1024)]


class Protocol(StrEnum):
    """Transport protocol of a port."""

    TCP = "TCP"
    UDP = "UDP"


class RestartPolicy(StrEnum):
    """What Azure does when a container ends."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


class ContainerPort(Model):
    """A port that a container listens on."""

    container_port: int = Field(description="Port number.", ge=1, le=65535)
    protocol: Protocol = Field(default=Protocol.TCP, description="TCP or UDP.")
    name: Annotated[str, StringConstraints(max_length=15)] | None = Field(
        default=None, description="A name for people; Azure does not know it."
    )


class EnvVar(Model):
    """An environment variable with a literal value."""

    name: EnvName = Field(description="Name of the variable; ACI takes at most 63 characters.")
    value: str = Field(default="", description="Its value, as written.", max_length=4096)


class Requests(Model):
    """What a container is given."""

    cpu: Quantity = Field(description="CPU cores, such as 500m or 2; rounded up to 0.01.")
    memory: Quantity = Field(description="Memory, such as 1.5Gi; rounded up to 0.1 GB of 10^9 bytes.")


class Resources(Model):
    """Compute resources of a container."""

    requests: Requests = Field(description="What the container is given; both values are required by ACI.")


class Container(Model):
    """One container of a replica."""

    name: Name = Field(description="Name, unique in the template.")
    image: str = Field(description="Image reference.", min_length=1, max_length=512)
    command: tuple[Annotated[str, StringConstraints(max_length=4096)], ...] = Field(
        default=(), description="Replaces the image's entrypoint. Variables are not expanded.", max_length=100
    )
    args: tuple[Annotated[str, StringConstraints(max_length=4096)], ...] = Field(
        default=(),
        description="Appended to command. ACI has one list for both, so args need a command.",
        max_length=100,
    )
    env: tuple[EnvVar, ...] = Field(default=(), description="Environment variables.", max_length=100)
    ports: tuple[ContainerPort, ...] = Field(
        default=(), description="Ports it listens on.", max_length=MAX_PORTS_PER_IP
    )
    resources: Resources = Field(description="Compute resources.")


class ImageRegistry(Model):
    """A private registry that is read with a managed identity."""

    server: str = Field(description="Host name of the registry.", min_length=1, max_length=253)
    identity: ResourceId = Field(
        description="Resource id of a user-assigned identity that may pull; it must also be in userAssignedIdentities."
    )


class ReplicaSpec(Model):
    """What runs in one replica."""

    containers: tuple[Container, ...] = Field(
        description="The containers, which share the replica's network.", min_length=1, max_length=60
    )
    restart_policy: RestartPolicy = Field(
        default=RestartPolicy.ALWAYS, description="What Azure does when a container ends."
    )
    user_assigned_identities: tuple[ResourceId, ...] = Field(
        default=(), description="Resource ids of managed identities that the containers may use.", max_length=10
    )
    image_registries: tuple[ImageRegistry, ...] = Field(
        default=(), description="Registries that are read with a managed identity.", max_length=10
    )


class TemplateMeta(Model):
    """Metadata of the template. Nothing of it reaches Azure; a changed annotation starts a rollout."""

    labels: dict[str, Annotated[str, StringConstraints(max_length=63)]] = Field(
        default_factory=dict, description="Accepted so that a Deployment's template pastes.", max_length=50
    )
    annotations: dict[str, Annotated[str, StringConstraints(max_length=4096)]] = Field(
        default_factory=dict, description="Part of the revision: a change is rolled out.", max_length=50
    )


class Template(Model):
    """A replica's template, shaped like a pod template."""

    metadata: TemplateMeta = Field(default_factory=TemplateMeta, description="Labels and annotations.")
    spec: ReplicaSpec = Field(description="What runs in one replica.")
