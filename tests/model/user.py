"""What people do with kubectl, at once and without faults."""

from aci_operator.core.errors import ObjectGone
from aci_operator.kube.api import GROUPS, NAMESPACES, SERVICES, Manifest, Resource

from tests.model.clock import now
from tests.model.collector import FOREGROUND, NAMESPACE, ORPHAN
from tests.model.kinds import kinds
from tests.model.manifests import copied
from tests.model.objects import Place
from tests.model.record import Call
from tests.model.server import ApiServer

RESOURCES = {resource.kind: resource for resource in (SERVICES, GROUPS)}
CASCADE = {"background": "", "foreground": FOREGROUND, "orphan": ORPHAN}


class User:
    """A person with all rights. The calls are in the server's record under "user"."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._objects = server.objects

    def namespace(self, name: str) -> None:
        """Make a namespace."""
        self._note("create", Place(NAMESPACES, "", name))
        metadata = {"name": name, "finalizers": [NAMESPACE]}
        self._objects.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, now())

    def apply(self, manifest: Manifest) -> Manifest:
        """Create an object, or merge into it what the manifest says."""
        resource = RESOURCES[manifest["kind"]]
        place = Place(resource, manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        if place in self._objects.everything():
            return self.patch(place, {key: value for key, value in manifest.items() if key != "status"})
        self._note("create", place)
        return self._objects.create(resource, manifest, now())

    def patch(self, place: Place, patch: Manifest) -> Manifest:
        """Merge-patch an object."""
        self._note("patch", place)
        return self._objects.patch(*place, patch, now())

    def set_status(self, place: Place, status: Manifest) -> Manifest:
        """Write a status by hand."""
        self._note("replace_status", place)
        return self._objects.replace_status(place.resource, {**self._objects.get(place), "status": status}, now())

    def delete(self, place: Place, *, cascade: str = "background") -> None:
        """Delete an object; `cascade` as in kubectl."""
        self._note("delete", place)
        self._objects.delete(place, now(), mark=CASCADE[cascade])

    def clear_finalizers(self, place: Place) -> None:
        """Take all finalizers off, which removes an object that is being deleted."""
        self.patch(place, {"metadata": {"finalizers": None}})

    def wipe(self, place: Place) -> None:
        """Make an object disappear whatever its finalizers say."""
        self.delete(place)
        if place in self._objects.everything():
            self.clear_finalizers(place)

    def wipe_all(self, *resources: Resource) -> None:
        """Make all objects of these kinds disappear, as when a cluster is lost."""
        for place in [place for place in self._objects.everything() if place.resource in resources]:
            self.wipe(place)

    def backup(self, *resources: Resource) -> list[Manifest]:
        """Return copies of all objects of these kinds."""
        return [copied(m) for p, m in self._objects.everything().items() if p.resource in resources]

    def restore(self, manifests: list[Manifest], *, with_status: bool = True) -> list[Manifest]:
        """Create objects again as backup tools do: new uids, owner references kept, status put back afterwards."""
        restored = []
        for manifest in manifests:
            metadata = {k: v for k, v in manifest["metadata"].items() if k != "resourceVersion"}
            created = self.apply({**manifest, "metadata": metadata})
            if with_status and "status" in manifest:
                place = Place(RESOURCES[manifest["kind"]], metadata["namespace"], metadata["name"])
                created = self.set_status(place, manifest["status"])
            restored.append(created)
        return restored

    def delete_namespace(self, name: str) -> None:
        """Delete a namespace and all that is in it."""
        self.delete(Place(NAMESPACES, "", name))

    def delete_crd(self, resource: Resource) -> None:
        """Delete a CRD: its objects are deleted; when the last is gone the kind is."""
        self._server.acting = "user"
        self._server.collector.end_kind(resource)

    def install_crd(self, resource: Resource) -> None:
        """Install a CRD."""
        self._objects.kinds[resource] = kinds()[resource]

    def find(self, place: Place) -> Manifest | None:
        """Read an object."""
        try:
            return self._objects.get(place)
        except ObjectGone:
            return None

    def _note(self, verb: str, place: Place) -> None:
        self._server.acting = "user"
        self._server.record.add(Call(now(), "user", verb, *place, outcome="ok", changed=True))
