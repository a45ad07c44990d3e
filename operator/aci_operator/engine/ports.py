"""What the engine needs of the world. `kube` and `azure` implement it; the errors are those of `core.errors`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.reasons import Reason
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.cloud import CloudGroup, GroupRef, ResourceGroupRef
from aci_operator.core.errors import Remaining
from aci_operator.core.revision import Revision
from aci_operator.core.usage import Usage


class Key(NamedTuple):
    """Namespace and name of an object."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


Object = TypeVar("Object", Service, ContainerGroup)

Subject = Service | ContainerGroup | None
"""What something is told about; None is the operator itself."""


@dataclass(frozen=True)
class Notice:
    """Something that a user wants to know: becomes a Kubernetes Event about `about`."""

    about: Subject
    reason: Reason
    message: str
    warning: bool = False


class Cluster(Protocol):
    """The objects of the operator. Reads come from memory and include this operator's own writes at once.

    Writes raise Conflict, ObjectGone, ApiForbidden, ApiInvalid or ApiUnavailable.
    """

    def service(self, key: Key) -> Service | None:
        """Return the service, or None when there is none."""

    def group(self, key: Key) -> ContainerGroup | None:
        """Return the group object, or None when there is none."""

    def groups_of(self, service: Service) -> Sequence[ContainerGroup]:
        """Return the group objects that this very service (by uid) controls."""

    def unreadable_of(self, service: Service) -> Sequence[str]:
        """Return the names of those that it controls too, but that make no sense to this version of the operator."""

    def strays_of(self, service: Service) -> Sequence[ContainerGroup]:
        """Return the group objects that carry the service's name as label, and that no living service controls."""

    def service_keys(self) -> Sequence[Key]:
        """Return the keys of all services, also of those that make no sense to this version of the operator."""

    def group_keys(self) -> Sequence[Key]:
        """Return the keys of all group objects."""

    def group_count(self) -> int:
        """Return how many group objects there are. This and the next three are cheap for any number of them."""

    def group_uids(self) -> Collection[str]:
        """Return the uids of all group objects, also of those that make no sense to this version of the operator."""

    def group_states(self) -> Mapping[str, int]:
        """Return how many group objects are in each state."""

    def places(self) -> Collection[tuple[str, str]]:
        """Return what services and groups name: subscriptions ("" for the default one) and resource groups in them."""

    def revisions_of(self, service: Service) -> Sequence[Revision]:
        """Return the stored revisions of a service, oldest first."""

    def complete(self) -> bool:
        """Tell whether everything was listed successfully and both CRDs exist."""

    async def set_finalizers(self, subject: Object, finalizers: Sequence[str]) -> Object:
        """Replace the finalizers of this very version of an object.

        Where the answer was lost and some were to go that have gone, the version that was given is returned.
        """

    async def write_status(self, subject: Object, status: ServiceStatus | GroupStatus) -> Object:
        """Replace the status of this very version of an object."""

    async def create_group(self, group: ContainerGroup) -> ContainerGroup:
        """Create a group object. Also raises AlreadyExists."""

    async def delete_group(self, group: ContainerGroup) -> None:
        """Delete a group object, if it is still this very version."""

    async def adopt_group(self, group: ContainerGroup, service: Service) -> ContainerGroup:
        """Make the service the controller of this very version of a group object."""

    async def release_group(self, group: ContainerGroup) -> ContainerGroup:
        """Take every owner off this very version of a group object."""

    async def hand_down(self, group: ContainerGroup, policy: DeletionPolicy, min_ready: int) -> ContainerGroup:
        """Give this very version of a group object what may change in it: deletion policy and minReadySeconds."""

    async def create_revision(self, service: Service, revision: Revision) -> None:
        """Store a revision; one that is stored already is left as it is."""

    async def delete_revision(self, service: Service, revision: Revision) -> None:
        """Delete a stored revision."""

    async def fetch_group(self, key: Key) -> ContainerGroup | None:
        """Read a group object from the API server itself; None is its own 404 for an existing kind.

        Raises ApiInvalid when it makes no sense to this version of the operator.
        """

    async def fetch_service(self, key: Key) -> Service | None:
        """Read a service in the same way."""

    async def notify(self, notice: Notice) -> None:
        """Post an Event. Never raises: an Event that cannot be posted is logged."""


class Azure(Protocol):
    """Container groups and resource groups. No call is repeated by itself; every call ends by a timeout.

    Writes raise AnswerLost when their effect is not known; reads raise Unavailable instead.
    """

    async def get(self, ref: GroupRef) -> CloudGroup:
        """Read one group. Raises NotFound only for 404 ResourceNotFound."""

    async def list(self, scope: ResourceGroupRef) -> Sequence[CloudGroup]:
        """Read all groups of a resource group, all pages of them. A missing page raises Unavailable."""

    async def list_subscription(self, subscription_id: str) -> Sequence[CloudGroup]:
        """Read all groups of a subscription that the credential may read."""

    async def list_usages(self, subscription_id: str, location: str) -> Sequence[Usage]:
        """Read what is used of a subscription's quotas in a region."""

    async def put(self, ref: GroupRef, body: Mapping[str, Any]) -> tuple[CloudGroup, Remaining]:
        """Create a group; returns when Azure has accepted it, not when it runs."""

    async def delete(self, ref: GroupRef) -> Remaining:
        """Delete a group; returns when Azure has accepted it. A missing group is no error."""

    async def replace_tags(self, ref: GroupRef, tags: Mapping[str, str]) -> None:
        """Replace the whole map of tags. Restarts nothing."""

    async def has_resource_group(self, scope: ResourceGroupRef) -> bool:
        """Tell whether a resource group exists."""

    async def create_resource_group(self, scope: ResourceGroupRef, location: str, tags: Mapping[str, str]) -> None:
        """Create a resource group that does not exist; the tags of one that does would be replaced."""


class Leadership(Protocol):
    """The right to write."""

    def held(self) -> bool:
        """Tell whether this process may begin a write to Azure now."""
