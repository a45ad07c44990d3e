"""AciContainerGroup: one container group in Azure."""

from typing import Final

from pydantic import ConfigDict, Field

from aci_operator.api.base import Condition, Model, ObjectMeta, Timestamp
from aci_operator.api.placement import (
    DEFAULT_NETWORK,
    DeletionPolicy,
    Network,
    ResourceGroupPolicy,
    port_rules,
    spot_rules,
    subnet_rule,
)
from aci_operator.api.reasons import State
from aci_operator.api.rules import immutable, keyed, rules
from aci_operator.api.strings import (
    MAX_TAGS,
    NAME_RULE,
    TAG_RULES,
    Location,
    ResourceGroupName,
    SubscriptionId,
    TagValue,
    Zone,
)
from aci_operator.api.template import MAX_CONTAINERS, ReplicaSpec

MAX_MIN_READY: Final = 86_400

_FIXED: Final = (
    "subscriptionId",
    "resourceGroup",
    "resourceGroupPolicy",
    "location",
    "zone",
    "network",
    "tags",
    "template",
)
_FIXED_SENTENCE: Final = (
    "a container group cannot be changed: change the AciService that made it, or, if you made it alone, "
    "delete it and create another under a new name"
)


class GroupSpec(Model):
    """Everything that the group's PUT needs, resolved. Immutable but for what never reaches Azure."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *port_rules("template.containers"),
            subnet_rule(),
            *spot_rules("template", "has(self.zone)"),
            *(immutable(field, _FIXED_SENTENCE) for field in _FIXED),
        )
    )

    subscription_id: SubscriptionId = Field(description="Azure subscription.")
    resource_group: ResourceGroupName = Field(description="Azure resource group.")
    resource_group_policy: ResourceGroupPolicy = Field(
        default=ResourceGroupPolicy.MUST_EXIST, description="Whether a missing resource group is made."
    )
    location: Location = Field(description="Azure region.")
    zone: Zone | None = Field(default=None, description="Availability zone; Azure chooses when left out.")
    network: Network = Field(
        default_factory=Network, description="How the group is reached.", json_schema_extra=DEFAULT_NETWORK
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.DELETE, description="Orphan leaves the group running in Azure."
    )
    min_ready_seconds: int = Field(
        default=0,
        description="How long its containers must run without a restart before it is Available.",
        ge=0,
        le=MAX_MIN_READY,
    )
    tags: dict[str, TagValue] = Field(
        default_factory=dict, description="Azure tags of your own.", max_length=MAX_TAGS, json_schema_extra=TAG_RULES
    )
    template: ReplicaSpec = Field(description="What runs in the group.")


class ContainerStatus(Model):
    """What Azure tells of one container."""

    name: str = Field(description="Name of the container.", max_length=63)
    state: str = Field(description="Running, Waiting or Terminated.", max_length=64)
    restarts: int = Field(default=0, description="Restarts by the restart policy.")
    exit_code: int | None = Field(default=None, description="Exit code of the last run, when it ended.")
    started_at: Timestamp | None = Field(default=None, description="Start of the present run.")
    detail: str | None = Field(default=None, description="Azure's own word for it.", max_length=256)


class GroupStatus(Model):
    """What the operator found and did."""

    observed_generation: int = Field(default=-1, description="The generation that this status was computed from.")
    state: State | None = Field(default=None, description="One word for people.")
    cluster_id: str | None = Field(
        default=None, description="Cluster id in the group's tags, recorded before the first PUT.", max_length=253
    )
    requested_at: Timestamp | None = Field(
        default=None, description="When the last PUT was about to be sent; absent when none can have had an effect."
    )
    accepted_at: Timestamp | None = Field(default=None, description="When Azure was first known to have the group.")
    ready_at: Timestamp | None = Field(default=None, description="When it was ready for the first time.")
    available_at: Timestamp | None = Field(default=None, description="When it was available for the first time.")
    failed_at: Timestamp | None = Field(default=None, description="When it was found failed or lost.")
    provisioning_state: str | None = Field(default=None, description="Azure's provisioningState.", max_length=64)
    ip: str | None = Field(default=None, description="The group's IP, while it is ready.", max_length=45)
    last_ip: str | None = Field(
        default=None, description="The IP that it was last ready with, while it is not.", max_length=45
    )
    restarts: int = Field(default=0, description="Restarts of all containers by the restart policy.")
    settled_restarts: int = Field(
        default=0, description="Those that count for no crash loop: the platform's, and any before it last ran well."
    )
    containers: tuple[ContainerStatus, ...] = Field(
        default=(),
        description="The containers, as last read.",
        max_length=MAX_CONTAINERS,
        json_schema_extra=keyed("name"),
    )
    conditions: tuple[Condition, ...] = Field(
        default=(),
        description="Ready, Reconciling and Stalled, readable by kstatus, Available, and Drifted.",
        max_length=16,
        json_schema_extra=keyed("type"),
    )


class ContainerGroup(Model):
    """One container group in Azure Container Instances. An AciService makes one for each of its replicas."""

    model_config = ConfigDict(json_schema_extra=rules(NAME_RULE))

    metadata: ObjectMeta
    spec: GroupSpec = Field(
        description="Everything that Azure is asked for. Cannot be changed, but for deletionPolicy and minReadySeconds."
    )
    status: GroupStatus = Field(default_factory=GroupStatus, description="What the operator found and did.")
