"""The template of a replica: a pod template with the fields that Azure Container Instances can honour."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints

from aci_operator.api.base import Model
from aci_operator.api.quantities import Quantity
from aci_operator.api.rules import ATOMIC, SET, keyed, listed, rule, rules
from aci_operator.api.strings import EnvName, IdentityId, Name

MAX_PORTS_PER_IP: Final = 5
MAX_CONTAINERS: Final = 60
"""Ports that one IP and containers that one group of ACI can have (limits page of 17 November 2025)."""


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


# A protocol that is left out is TCP. The API server does not write it in: see structural.py.
SAME_PORT: Final = (
    "p.{number} == q.{number} && (has(p.protocol) ? p.protocol : 'TCP') == (has(q.protocol) ? q.protocol : 'TCP')"
)


class EnvVar(Model):
    """An environment variable with a literal value."""

    name: EnvName = Field(description="Name of the variable; ACI takes at most 63 characters.")
    value: str = Field(default="", description="Its value, as written.", max_length=4096)


class Requests(Model):
    """What a container is given."""

    cpu: Quantity = Field(description='CPU cores, such as 500m, 2 or "0.5" (a fraction in quotes); rounded up to 0.01.')
    memory: Quantity = Field(description="Memory, such as 1500M or 1.5Gi; rounded up to 0.1 GB of 10^9 bytes.")


class Resources(Model):
    """Compute resources of a container."""

    requests: Requests = Field(description="What the container is given; both values are required by ACI.")


class Container(Model):
    """One container of a replica."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                f"size({listed('self.args')}) == 0 || size({listed('self.command')}) > 0",
                "args need a command: ACI replaces entrypoint and arguments together, so write the image's own "
                "entrypoint in command",
                at=".args",
            ),
            rule(
                "!has(self.ports) || self.ports.all(p, self.ports.exists_one(q, "
                f"{SAME_PORT.format(number='containerPort')}))",
                "a container lists a port and protocol once: take the repeated entry out",
                at=".ports",
            ),
        )
    )

    name: Name = Field(description="Name, unique in the template.")
    image: str = Field(description="Image reference.", min_length=1, max_length=512)
    command: tuple[Annotated[str, StringConstraints(max_length=4096)], ...] = Field(
        default=(),
        description="Replaces the image's entrypoint. Variables are not expanded.",
        max_length=100,
        json_schema_extra=ATOMIC,
    )
    args: tuple[Annotated[str, StringConstraints(max_length=4096)], ...] = Field(
        default=(),
        description="Appended to command. ACI has one list for both, so args need a command.",
        max_length=100,
        json_schema_extra=ATOMIC,
    )
    env: tuple[EnvVar, ...] = Field(
        default=(), description="Environment variables.", max_length=100, json_schema_extra=keyed("name")
    )
    ports: tuple[ContainerPort, ...] = Field(
        default=(), description="Ports it listens on.", max_length=MAX_PORTS_PER_IP, json_schema_extra=ATOMIC
    )
    resources: Resources = Field(description="Compute resources.")


class ImageRegistry(Model):
    """A private registry that is read with a managed identity."""

    server: str = Field(description="Host name of the registry.", min_length=1, max_length=253)
    identity: IdentityId = Field(
        description="Resource id of a user-assigned identity that may pull; it must also be in userAssignedIdentities."
    )


_PORTS_IN_GROUP: Final = rule(
    "self.containers.all(c, !has(c.ports) || c.ports.all(p, self.containers.exists_one(d, "
    f"has(d.ports) && d.ports.exists(q, {SAME_PORT.format(number='containerPort')}))))",
    "two containers cannot listen on the same port: they share one IP; give each its own containerPort",
    at=".containers",
)
_KNOWN_IDENTITIES: Final = rule(
    "!has(self.imageRegistries) || self.imageRegistries.all(r, has(self.userAssignedIdentities) && "
    "self.userAssignedIdentities.exists(i, i.lowerAscii() == r.identity.lowerAscii()))",
    "the identity of a registry must also be in userAssignedIdentities: ACI pulls with an identity of the group",
    at=".imageRegistries",
)


class Priority(StrEnum):
    """Whether Azure may take a group's place away."""

    REGULAR = "Regular"
    SPOT = "Spot"


class ReplicaSpec(Model):
    """What runs in one replica."""

    model_config = ConfigDict(json_schema_extra=rules(_PORTS_IN_GROUP, _KNOWN_IDENTITIES))

    containers: tuple[Container, ...] = Field(
        description="The containers, which share the replica's network.",
        min_length=1,
        max_length=MAX_CONTAINERS,
        json_schema_extra=keyed("name"),
    )
    restart_policy: RestartPolicy = Field(
        default=RestartPolicy.ALWAYS, description="What Azure does when a container ends."
    )
    priority: Priority = Field(
        default=Priority.REGULAR,
        description="Spot costs less, and Azure may evict and restart it at any time; it has no IP, subnet or zone.",
    )
    user_assigned_identities: tuple[IdentityId, ...] = Field(
        default=(),
        description="Resource ids of managed identities that the containers may use.",
        max_length=10,
        json_schema_extra=SET,
    )
    image_registries: tuple[ImageRegistry, ...] = Field(
        default=(),
        description="Registries that are read with a managed identity.",
        max_length=10,
        json_schema_extra=keyed("server"),
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
