"""Where a container group lives and how it is reached: the fields that a service and a group share."""

from enum import StrEnum
from typing import Final

from pydantic import ConfigDict, Field

from aci_operator.api.base import Model
from aci_operator.api.rules import ATOMIC, SET, Extra, listed, rule, rules
from aci_operator.api.strings import Location, SubnetId, Zone
from aci_operator.api.template import MAX_PORTS_PER_IP, SAME_PORT, Protocol

DEFAULT_NETWORK: Final[Extra] = {"default": {"type": "Public"}}


def port_rules(containers: str) -> tuple[Extra, Extra]:
    """Return the rules on the ports of an IP, for a spec with `network`.

    Args:
        containers: The path of the containers below the spec.
    """
    own = f"size({listed('self.network.ports')})"
    listening = f"self.{containers}.map(c, size({listed('c.ports')})).sum()"
    return (
        rule(
            f"self.network.type == 'None' || {own} > 0 || {listening} > 0",
            "an IP needs a port: give a container ports, or set network.ports, or set network.type to None",
            at=".network",
            reason="FieldValueRequired",
        ),
        rule(
            f"self.network.type == 'None' || {own} > 0 || {listening} <= {MAX_PORTS_PER_IP}",
            f"the containers have more than the {MAX_PORTS_PER_IP} ports that ACI opens on an IP: "
            "name those to open in network.ports",
            at=".network",
        ),
    )


def spot_rules(template: str, zones: str) -> tuple[Extra, Extra]:
    """Return the rules on what a Spot group cannot have (documented), for a spec with `network`.

    Args:
        template: The path of what runs below the spec.
        zones: CEL that is true when zones are asked for.
    """
    regular = f"self.{template}.priority != 'Spot'"
    return (
        rule(
            f"{regular} || self.network.type == 'None'",
            "a Spot group has no IP and no subnet: set network.type to None, or priority to Regular",
            at=".network",
            reason="FieldValueForbidden",
        ),
        rule(
            f"{regular} || !({zones})",
            "a Spot group has no zone: take the zones out, or set priority to Regular",
            at=f".{template}.priority",
        ),
    )


def subnet_rule(instead: str = "") -> Extra:
    """Return the rule that a private network has a subnet, for a spec with `network`.

    Args:
        instead: CEL that is true when the subnets are named elsewhere.
    """
    return rule(
        f"self.network.type != 'Private' || has(self.network.subnetId){instead and f' || {instead}'}",
        "network.type Private needs subnetId: the resource id of a subnet that is delegated to "
        "Microsoft.ContainerInstance/containerGroups",
        at=".network.subnetId",
        reason="FieldValueRequired",
    )


class ResourceGroupPolicy(StrEnum):
    """What to do when the resource group does not exist."""

    MUST_EXIST = "MustExist"
    CREATE_IF_MISSING = "CreateIfMissing"


class DeletionPolicy(StrEnum):
    """What becomes of the container group when its object is deleted."""

    DELETE = "Delete"
    ORPHAN = "Orphan"


class DriftPolicy(StrEnum):
    """What becomes of a container group that somebody has changed in Azure."""

    REPORT = "Report"
    REPLACE = "Replace"


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

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "self.type == 'Private' || !has(self.subnetId)",
                "subnetId is for network.type Private only: set the type to Private or take subnetId out",
                at=".subnetId",
                reason="FieldValueForbidden",
            ),
            rule(
                f"self.type != 'None' || size({listed('self.ports')}) == 0",
                "network.type None gives no IP to open ports on: take network.ports out or choose another type",
                at=".ports",
                reason="FieldValueForbidden",
            ),
            rule(
                f"!has(self.ports) || self.ports.all(p, self.ports.exists_one(q, {SAME_PORT.format(number='port')}))",
                "a port and protocol can be opened once: take the repeated entry out",
                at=".ports",
            ),
        )
    )

    type: NetworkType = Field(
        default=NetworkType.PUBLIC,
        description="Public gives each replica a public IP, Private an IP in your subnet, None no IP.",
    )
    subnet_id: SubnetId | None = Field(
        default=None,
        description="Resource id of the delegated subnet. Private needs it, here or in each placement; not for others.",
    )
    ports: tuple[NetworkPort, ...] = Field(
        default=(),
        description="Ports open on the IP; the containers' ports when left out. ACI takes at most 5.",
        max_length=MAX_PORTS_PER_IP,
        json_schema_extra=ATOMIC,
    )


class Placement(Model):
    """A place where replicas can run."""

    location: Location = Field(description="Azure region, such as westeurope.")
    zones: tuple[Zone, ...] = Field(
        default=(),
        description="Availability zones over which the replicas are spread evenly; Azure chooses when left out.",
        min_length=1,
        max_length=3,
        json_schema_extra=SET,
    )
    subnet_id: SubnetId | None = Field(
        default=None,
        description="Resource id of the delegated subnet in this region, for a Private network; "
        "goes before network.subnetId.",
    )
