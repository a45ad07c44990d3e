"""Which service stands behind a container group's object."""

from dataclasses import dataclass

from aci_operator.api.base import OwnerReference, is_service
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.engine.ports import Cluster, Key


@dataclass(frozen=True)
class Owner:
    """What an object says of its controller, and what there is.

    Attributes:
        reference: Its controller; None for one that a user made alone.
        namesake: The service that has the controller's name now; None when that is of another kind.
    """

    reference: OwnerReference | None
    namesake: Service | None

    @property
    def service(self) -> Service | None:
        """The controller, if it lives."""
        same = self.reference and self.namesake and self.reference.uid == self.namesake.metadata.uid
        return self.namesake if same else None

    @property
    def superseded(self) -> bool:
        """Whether the controller is no more, and a service of its name lives on."""
        named = self.namesake
        return self.service is None and named is not None and named.metadata.deletion_timestamp is None


def owner_of(group: ContainerGroup, cluster: Cluster) -> Owner:
    """Look for the service behind a group."""
    reference = next((owner for owner in group.metadata.owner_references if owner.controller), None)
    if reference is None or not is_service(reference.api_version, reference.kind):
        return Owner(reference, None)
    return Owner(reference, cluster.service(Key(group.metadata.namespace, reference.name)))
