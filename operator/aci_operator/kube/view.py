"""The reads of the engine, from the store: they cost no call, and no parsing where all objects are gone through."""

from collections.abc import Collection, Mapping, Sequence

from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.revision import Revision
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, SERVICES
from aci_operator.kube.store import Store


class View:
    """The reading half of `engine.ports.Cluster`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def service(self, key: Key) -> Service | None:
        """Return the service."""
        return self._store.service(key)

    def group(self, key: Key) -> ContainerGroup | None:
        """Return the group object."""
        return self._store.group(key)

    def groups_of(self, service: Service) -> Sequence[ContainerGroup]:
        """Return the group objects that this very service controls."""
        return self._store.groups_of(service.metadata.uid)

    def unreadable_of(self, service: Service) -> Sequence[str]:
        """Return the names of those that this service controls and that make no sense to this version."""
        return self._store.unreadable_of(service.metadata.uid)

    def strays_of(self, service: Service) -> Sequence[ContainerGroup]:
        """Return the group objects that carry the service's name but that no living service controls."""
        return self._store.strays_of(service.metadata)

    def service_keys(self) -> Sequence[Key]:
        """Return the keys of all services."""
        return self._store.keys(SERVICES)

    def group_keys(self) -> Sequence[Key]:
        """Return the keys of all group objects."""
        return self._store.keys(GROUPS)

    def group_count(self) -> int:
        """Return how many group objects there are."""
        return self._store.count(GROUPS)

    def group_uids(self) -> Collection[str]:
        """Return the uids of all group objects."""
        return self._store.group_uids()

    def group_states(self) -> Mapping[str, int]:
        """Return how many group objects are in each state."""
        return self._store.group_states()

    def places(self) -> Collection[tuple[str, str]]:
        """Return the subscription and the resource group of everything; the subscription may be ""."""
        return self._store.places()

    def revisions_of(self, service: Service) -> Sequence[Revision]:
        """Return the stored revisions of a service."""
        return self._store.revisions_of(service.metadata.uid)

    def complete(self) -> bool:
        """Tell whether everything was listed and both CRDs exist."""
        return self._store.complete()
