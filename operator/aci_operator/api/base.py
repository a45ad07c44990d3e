"""What all models share: camel case outside, immutable inside, unknown fields ignored.

The API server prunes what the schema does not know and refuses what breaks it; parsing here is for our own types.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from aci_operator.api import keys


class Model(BaseModel):
    """A part of a custom resource."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    def manifest(self) -> dict[str, Any]:
        """Return the fields as they stand in a manifest: camel case, unset optional fields left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def rfc3339(moment: datetime) -> str:
    """Write a moment as Kubernetes does: UTC, whole seconds, "Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A moment in UTC; written to the API server in whole seconds."""


class OwnerReference(Model):
    """The owner that Kubernetes' own garbage collector follows."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False


def is_service(api_version: str, kind: str) -> bool:
    """Tell whether an owner is a service, of whatever version; objects of other kinds may have a service's name."""
    return (api_version.partition("/")[0], kind) == (keys.GROUP, keys.SERVICE_KIND)


class ObjectMeta(Model):
    """The part of an object's metadata that decisions need."""

    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    finalizers: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    owner_references: tuple[OwnerReference, ...] = ()


class ConditionType(StrEnum):
    """The types of condition in use; Ready, Reconciling and Stalled are read by kstatus."""

    READY = "Ready"
    AVAILABLE = "Available"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    SUSPENDED = "Suspended"
    DRIFTED = "Drifted"


class Condition(Model):
    """One aspect of an object's state, by the Kubernetes API conventions."""

    type: str = Field(description="Name of the condition.", max_length=316)
    status: str = Field(description="True, False or Unknown.", json_schema_extra={"enum": ["True", "False", "Unknown"]})
    reason: str = Field(description="One word for programs.", min_length=1, max_length=1024)
    message: str = Field(description="One sentence for people.", max_length=32768)
    last_transition_time: Timestamp = Field(description="When the status last changed.")
    observed_generation: int = Field(default=0, description="The generation that this was computed from.", ge=0)
