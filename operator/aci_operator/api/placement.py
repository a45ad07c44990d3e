"""Where a container group lives and how it is reached: the fields that a service and a group share."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from aci_operator.api.base import Model
from aci_operator.api.template import MAX_PORTS_PER_IP, Protocol, ResourceId

Location = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$", min_length=1, max_length=64)]
ResourceGroupName = Annotated[str, StringConstraints(pattern=r"^[-\w._()]*[-\w_()]$", min_length=1, max_length=90)]
SubscriptionId = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$", max_length=36
    ),
]
TagValue = Annotated[str, StringConstraints(max_length=256)]


class ResourceGroupPolicy(StrEnum):
    """What to do when the resource group does not exist."""

    MUST_EXIST = "MustExist"
    CREATE_IF_MISSING = "CreateIfMissing"


class DeletionPolicy(StrEnum):
    """What becomes of the container group when its object is deleted."""

    DELETE = "Delete"
    ORPHAN = "Orphan"


class NetworkType(StrEnum):
    """How a group is reached."""

    PUBLIC = "Public"
    PRIVATE = "Private"
    NONE = "None"


class NetworkPort(Model):
    """A port that is open on the group's IP."""

    port: int = Field(description="Port number.", ge=1, le=65535)
    protocol: Protocol = Field(default=Protocol.TCP, description="TCP or UDP.")


class Network(Model):
    """How a container group is reached."""

    type: NetworkType = Field(
        default=NetworkType.PUBLIC,
        description="Public gives each replica a public IP, Private an IP in your subnet, None no IP.",
    )
    subnet_id: ResourceId | None = Field(
        default=None, description="Resource id of the delegated subnet; required for Private, not allowed otherwise."
    )
    ports: tuple[NetworkPort, ...] = Field(
        default=(),
        description="Ports open on the IP; the containers' ports when left out. ACI takes at most 5.",
        max_length=MAX_PORTS_PER_IP,
    )


class Placement(Model):
    """A place where replicas can run."""

    location: Location = Field(description="Azure region, such as westeurope.")
