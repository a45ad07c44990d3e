"""AciContainerGroup: one container group in Azure."""

from pydantic import Field

from aci_operator.api.base import Condition, Model, ObjectMeta, Timestamp
from aci_operator.api.placement import (
    DeletionPolicy,
    Location,
    Network,
    ResourceGroupName,
    ResourceGroupPolicy,
    SubscriptionId,
    TagValue,
)
from aci_operator.api.reasons import State
from aci_operator.api.template import ReplicaSpec


class GroupSpec(Model):
    """Everything that the group's PUT needs, resolved. Immutable but for the deletion policy."""

    subscription_id: SubscriptionId = Field(description="Azure subscription.")
    resource_group: ResourceGroupName = Field(description="Azure resource group.")
    resource_group_policy: ResourceGroupPolicy = Field(
        default=ResourceGroupPolicy.MUST_EXIST, description="Whether a missing resource group is made."
    )
    location: Location = Field(description="Azure region.")
    network: Network = Field(default_factory=Network, description="How the group is reached.")
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.DELETE, description="Orphan leaves the group running in Azure."
    )
    tags: dict[str, TagValue] = Field(default_factory=dict, description="Azure tags of your own.", max_length=30)
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
    provisioning_state: str | None = Field(default=None, description="Azure's provisioningState.", max_length=64)
    ip: str | None = Field(default=None, description="The group's IP, while it is ready.", max_length=45)
    restarts: int = Field(default=0, description="Restarts of all containers by the restart policy.")
    containers: tuple[ContainerStatus, ...] = Field(
        default=(), description="The containers, as last read.", max_length=60
    )
    conditions: tuple[Condition, ...] = Field(
        default=(), description="Ready, Reconciling and Stalled; readable by kstatus.", max_length=16
    )


class ContainerGroup(Model):
    """An AciContainerGroup object."""

    metadata: ObjectMeta
    spec: GroupSpec
    status: GroupStatus = Field(default_factory=GroupStatus)
