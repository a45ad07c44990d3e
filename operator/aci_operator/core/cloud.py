"""What Azure tells of a container group, in our own types. Field names follow ARM's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aci_operator.core.shape import Shape


@dataclass(frozen=True, order=True)
class ResourceGroupRef:
    """A resource group. ARM compares both names without case; they are kept in lower case."""

    subscription_id: str
    name: str

    @staticmethod
    def of(subscription_id: str, name: str) -> "ResourceGroupRef":
        """Return the reference in its normal form."""
        return ResourceGroupRef(subscription_id.lower(), name.lower())


@dataclass(frozen=True, order=True)
class GroupRef:
    """The address of a container group."""

    scope: ResourceGroupRef
    name: str


@dataclass(frozen=True)
class CloudContainer:
    """One container's instanceView; `state` is "" when Azure gave none.

    Attributes:
        killed: Whether the platform ended the last run that has ended.
    """

    name: str
    state: str = ""
    restarts: int = 0
    exit_code: int | None = None
    started_at: datetime | None = None
    detail: str = ""
    killed: bool = False


@dataclass(frozen=True)
class CloudGroup:
    """A container group as a GET or a LIST shows it.

    Attributes:
        state: instanceView.state; "" in a LIST, which has no instanceView.
        containers: Empty in a LIST.
        zone: "" when it was made without one.
        shape: What our PUT decides of it; None in a LIST. Its values may be secrets, and are never printed.
        failure: The joined texts of failure events, but for those of containers that run; "" when there are none. At
            most MESSAGE_LIMIT characters.
    """

    ref: GroupRef
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)
    provisioning_state: str = ""
    ip: str = ""
    state: str = ""
    containers: tuple[CloudContainer, ...] = ()
    failure: str = ""
    zone: str = ""
    shape: Shape | None = field(default=None, compare=False, repr=False)
