"""The few calls to the API server that the operator makes, as a protocol over plain manifests.

`client.py` implements it on the official client. The simulation puts a model of the API server in its place; one
contract suite holds the two together.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aci_operator.api import keys
from aci_operator.core.errors import ObjectGone

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A kind of object, as the API server's paths name it. `group` is "" for the core group."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """The apiVersion of its manifests."""
        return f"{self.group}/{self.version}" if self.group else self.version


SERVICES = Resource(keys.GROUP, keys.VERSION, "aciservices", keys.SERVICE_KIND)
GROUPS = Resource(keys.GROUP, keys.VERSION, "acicontainergroups", keys.GROUP_KIND)
REVISIONS = Resource("apps", "v1", "controllerrevisions", "ControllerRevision")
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")
EVENTS = Resource("", "v1", "events", "Event")
NAMESPACES = Resource("", "v1", "namespaces", "Namespace")

EventType = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True)
class Listing:
    """All objects of a kind at one resourceVersion of the collection."""

    items: list[Manifest]
    resource_version: str


class KindMissing(ObjectGone):
    """404 for the whole kind, or one that does not tell what is absent: proves nothing about an object."""


class KubeApi(Protocol):
    """The calls. Every one ends by a timeout and raises the ClusterErrors of `core.errors`.

    A 404 is KindMissing unless the answer names the object or its namespace.
    """

    async def get(self, resource: Resource, namespace: str, name: str) -> Manifest:
        """Read one object; `namespace` is "" for kinds without one. Raises ObjectGone."""

    async def list(self, resource: Resource, *, label_selector: str = "") -> Listing:
        """Read all objects in all namespaces, in chunks. Raises KindMissing."""

    def pages(self, resource: Resource, *, label_selector: str = "") -> AsyncIterator[Listing]:
        """Read the same chunk by chunk, so that not all need be held at once; all chunks are of one version.

        Raises KindMissing, and ApiUnavailable when a chunk comes too late for the API server.
        """

    async def create(self, resource: Resource, body: Manifest) -> Manifest:
        """Create an object. Raises AlreadyExists."""

    async def replace(self, resource: Resource, body: Manifest) -> Manifest:
        """Replace an object of the resourceVersion in `body`. Raises Conflict when it has another by now."""

    async def replace_status(self, resource: Resource, body: Manifest) -> Manifest:
        """Replace the status alone, under the resourceVersion in `body`. Raises Conflict."""

    async def patch_metadata(self, resource: Resource, namespace: str, name: str, metadata: Manifest) -> Manifest:
        """Merge into the metadata; a resourceVersion in it is a precondition. Raises Conflict."""

    async def delete(self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str) -> None:
        """Delete an object if it still has this uid and (unless "") this resourceVersion. Raises Conflict."""
