"""AciService: N equal replicas."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints

from aci_operator.api.base import Condition, Model, ObjectMeta, Timestamp
from aci_operator.api.group import MAX_MIN_READY
from aci_operator.api.placement import (
    DEFAULT_NETWORK,
    DeletionPolicy,
    DriftPolicy,
    Network,
    Placement,
    ResourceGroupPolicy,
    port_rules,
    spot_rules,
    subnet_rule,
)
from aci_operator.api.rules import ATOMIC, immutable, keyed, rule, rules
from aci_operator.api.strategy import Strategy
from aci_operator.api.strings import MAX_TAGS, NAME_RULE, TAG_RULES, ResourceGroupName, SubscriptionId, TagValue
from aci_operator.api.template import Template

MAX_REPLICAS: Final = 1000
MAX_DEADLINE: Final = 86_400

_FIXED_SENTENCE: Final = (
    "cannot be changed, since the container groups that run would be lost from sight: "
    "create another AciService and delete this one"
)


class ServiceSpec(Model):
    """What the user wants."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            *port_rules("template.spec.containers"),
            subnet_rule("self.placements.all(place, has(place.subnetId))"),
            rule(
                "self.network.type == 'Private' || !self.placements.exists(place, has(place.subnetId))",
                "subnetId is for network.type Private only: set the type to Private or take subnetId out",
                at=".placements",
                reason="FieldValueForbidden",
            ),
            *spot_rules("template.spec", "self.placements.exists(place, has(place.zones))"),
            rule(
                "!has(self.minReadySeconds) || self.minReadySeconds < self.progressDeadlineSeconds",
                "progressDeadlineSeconds must be greater than minReadySeconds, or every rollout would be too late",
                at=".progressDeadlineSeconds",
            ),
            immutable("resourceGroup", f"resourceGroup {_FIXED_SENTENCE}"),
            immutable("subscriptionId", f"subscriptionId {_FIXED_SENTENCE}"),
        )
    )

    replicas: int = Field(
        default=1,
        description="Number of container groups wanted. Leave it out of Git when an HPA or KEDA owns it.",
        ge=0,
        le=MAX_REPLICAS,
    )
    resource_group: ResourceGroupName = Field(description="Azure resource group of all replicas; cannot be changed.")
    resource_group_policy: ResourceGroupPolicy = Field(
        default=ResourceGroupPolicy.MUST_EXIST,
        description="CreateIfMissing makes the resource group in the first placement's location. It is never deleted.",
    )
    subscription_id: SubscriptionId | None = Field(
        default=None, description="Azure subscription; the operator's default when left out. Cannot be changed."
    )
    placements: tuple[Placement, ...] = Field(
        description="Places in order of preference: the next is used when one has no capacity or quota left.",
        min_length=1,
        max_length=8,
        json_schema_extra=ATOMIC,
    )
    strategy: Strategy = Field(
        default_factory=Strategy, description="How a changed template is rolled out; a Deployment's block pastes."
    )
    min_ready_seconds: int = Field(
        default=0,
        description="How long a new replica must run without a restart before it counts as available; 0 when left out.",
        ge=0,
        le=MAX_MIN_READY,
    )
    progress_deadline_seconds: int = Field(
        default=1800,
        description="How long a rollout may go on without a new replica becoming available; waiting for Azure's "
        "budgets, quotas and capacity, and being paused, does not count. More than minReadySeconds.",
        ge=1,
        le=MAX_DEADLINE,
    )
    revision_history_limit: int = Field(
        default=10, description="Old revisions kept for a rollback, beyond those in use.", ge=0, le=100
    )
    paused: bool = Field(
        default=False,
        description="Makes no replica of a new revision, and moves none, while true; healing and scaling go on.",
    )
    network: Network = Field(
        default_factory=Network, description="How the replicas are reached.", json_schema_extra=DEFAULT_NETWORK
    )
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.DELETE,
        description="Orphan leaves the container groups running in Azure when the service is deleted.",
    )
    drift_policy: DriftPolicy = Field(
        default=DriftPolicy.REPORT,
        description="What to do with a replica whose image, environment or the like somebody has changed in Azure: "
        "Report tells it, Replace also replaces it as a rollout does. Lost tags are put back in either case.",
    )
    tags: dict[str, TagValue] = Field(
        default_factory=dict,
        description="Your own Azure tags, put on every new container group.",
        max_length=MAX_TAGS,
        json_schema_extra=TAG_RULES,
    )
    template: Template = Field(description="What one replica is; a change is rolled out.")


class Progress(Model):
    """How a rollout gets on, for its deadline."""

    revision: str = Field(description="The revision that is rolled out.", max_length=253)
    complete: bool = Field(default=False, description="Whether it has been rolled out fully.")
    available: int = Field(
        default=0, description="Replicas of it that were available at the last progress, and are there."
    )
    elapsed_seconds: int = Field(default=0, description="Seconds without progress until the clock stopped last.")
    running_since: Timestamp | None = Field(
        default=None, description="When the clock last began to run, while it runs."
    )


class Heals(Model):
    """What the replacing of failed replicas has come to: for its back-off, and for the limit over all services."""

    revision: str = Field(description="The revision that was wanted.", max_length=253)
    failures: int = Field(
        default=0, description="Times in a row that replicas were replaced which never became available."
    )
    failing: str | None = Field(default=None, description="The revision of those.", max_length=253)
    relapses: int = Field(
        default=0, description="Times in a row that replicas were replaced which failed within minutes of that."
    )
    replacing: int = Field(default=0, description="Replicas that were replaced and are not made up for yet.")
    failed_at: Timestamp = Field(description="When the last of the replaced replicas had failed.")
    replaced_at: Timestamp = Field(description="When it was replaced.")


class ServiceStatus(Model):
    """What the operator found and did."""

    observed_generation: int = Field(default=-1, description="The generation that this status was computed from.")
    replicas: int = Field(default=0, description="Container groups that exist and are not ending.")
    ready_replicas: int = Field(default=0, description="Those that run and have their IP.")
    updated_replicas: int = Field(
        default=0,
        description="Those as the spec wants them: of the update revision, in a place of it, and not to be replaced.",
    )
    available_replicas: int = Field(default=0, description="Those that count as available for a rollout.")
    established_replicas: int = Field(
        default=0,
        description="The most replicas that were available at once, of those still wanted: what heals bring back first "
        "when Azure's creates are short.",
    )
    selector: str | None = Field(
        default=None, description="A label that no pod has; an HPA refuses an empty selector.", max_length=316
    )
    current_revision: str | None = Field(
        default=None,
        description="The revision before the rollout; the update revision where no other is known that has served.",
        max_length=253,
    )
    served_revision: str | None = Field(
        default=None,
        description="The revision that was rolled out last, or serves although it never was; none while nothing has.",
        max_length=253,
    )
    update_revision: str | None = Field(default=None, description="The revision wanted now.", max_length=253)
    previous_revision: str | None = Field(
        default=None, description="The revision wanted before that, which a rollback goes to.", max_length=253
    )
    progress: Progress | None = Field(default=None, description="How the last rollout gets on.")
    heals: Heals | None = Field(default=None, description="How failed replicas are replaced, while there is a story.")
    serial: int = Field(
        default=0, description="Counts decisions; new replicas take their numbers from it. Never goes back."
    )
    ips: tuple[Annotated[str, StringConstraints(max_length=45)], ...] = Field(
        default=(),
        description="IPs of the ready replicas, in order of age.",
        max_length=2 * MAX_REPLICAS,  # a rollout has more replicas for a while
        json_schema_extra=ATOMIC,
    )
    ip_summary: str | None = Field(default=None, description="The first IPs, for the printer column.", max_length=253)
    location: str | None = Field(
        default=None, description="Where the replicas are, for the printer column.", max_length=640
    )
    conditions: tuple[Condition, ...] = Field(
        default=(),
        description="Ready, Available, Reconciling, Stalled, Suspended and Drifted; readable by kstatus.",
        max_length=16,
        json_schema_extra=keyed("type"),
    )


class Service(Model):
    """Keeps a number of equal container groups running on Azure Container Instances, as a Deployment does with pods."""

    model_config = ConfigDict(json_schema_extra=rules(NAME_RULE))

    metadata: ObjectMeta
    spec: ServiceSpec = Field(description="What you want.")
    status: ServiceStatus = Field(default_factory=ServiceStatus, description="What the operator found and did.")

    def subscription_or(self, default: str | None) -> str | None:
        """Return the subscription of its groups; None when neither it nor the operator names one."""
        return self.spec.subscription_id or default
