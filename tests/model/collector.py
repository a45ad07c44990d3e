"""What kube-controller-manager does: garbage collection by owner references, namespaces, and the end of a CRD."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from aci_operator.kube.api import NAMESPACES, Manifest, Resource

from tests.model.clock import now
from tests.model.manifests import copied, deleting, finalizers, owners
from tests.model.objects import Change, Objects, Place

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
NAMESPACE = "kubernetes"


class Collector:
    """Sweeps `delay` seconds after each change that can matter to it; `before` is called before each sweep."""

    def __init__(self, objects: Objects, *, delay: float, before: Callable[[], None]) -> None:
        self.delay = delay
        self._before = before
        self._objects = objects
        self._owned: dict[str, set[Place]] = defaultdict(set)
        self._suspects: set[Place] = set()
        objects.listeners.append(self._noticed)

    def end_kind(self, resource: Resource) -> None:
        """Delete a CRD: all its objects are deleted, and when the last is gone so is the kind."""
        self._objects.terminating.add(resource)
        for place in list(self._objects.everything()):
            if place.resource == resource:
                self._objects.delete(place, now())
        self._later()

    def sweep(self) -> None:
        """Do all that is due."""
        self._before()
        for place in list(self._objects.everything()):
            manifest = self._objects.everything().get(place) if place in self._suspects else None
            if manifest is not None:
                self._visit(place, manifest, now())
        for resource in list(self._objects.terminating):
            if not any(place.resource == resource for place in self._objects.everything()):
                self._objects.drop_kind(resource)

    def _noticed(self, change: Change) -> None:
        self._suspect(change)
        if change.type == "DELETED" or deleting(change.manifest) or self._orphaned(change.manifest):
            self._later()

    def _suspect(self, change: Change) -> None:
        """Keep those in mind to which something is to be done now or later: who ends, and whose owner is gone."""
        place, manifest = change.place, change.manifest
        for owner in owners(manifest):
            self._owned[owner["uid"]].add(place)
        if change.type == "DELETED":
            self._suspects.discard(place)
            self._suspects |= self._owned.pop(manifest["metadata"]["uid"], set())
        elif deleting(manifest) or owners(manifest) != self._living(manifest):
            self._suspects.add(place)

    def _later(self) -> None:
        asyncio.get_running_loop().call_later(self.delay, self.sweep)

    def _living(self, manifest: Manifest) -> list[Manifest]:
        uids = self._objects.uids()
        return [owner for owner in owners(manifest) if owner["uid"] in uids]

    def _orphaned(self, manifest: Manifest) -> bool:
        return bool(owners(manifest)) and not self._living(manifest)

    def _visit(self, place: Place, manifest: Manifest, at: datetime) -> None:
        if deleting(manifest) and place.resource == NAMESPACES:
            self._end_namespace(place, at)
        elif deleting(manifest) and ORPHAN in finalizers(manifest):
            for child in self._children(manifest):
                self._disown(child, manifest, at)
            self._drop(place, ORPHAN, at)
        elif deleting(manifest) and FOREGROUND in finalizers(manifest):
            for child in self._children(manifest):
                self._objects.delete(child, at)
            if not any(self._blocks(child, manifest) for child in self._children(manifest)):
                self._drop(place, FOREGROUND, at)
        elif self._orphaned(manifest):
            self._objects.delete(place, at)
        elif owners(manifest) != self._living(manifest):
            self._edit(place, {"ownerReferences": self._living(manifest)}, at)

    def _children(self, owner: Manifest) -> list[Place]:
        uid = owner["metadata"]["uid"]
        return [p for p, m in self._objects.everything().items() if any(o["uid"] == uid for o in owners(m))]

    def _blocks(self, child: Place, owner: Manifest) -> bool:
        references = owners(self._objects.everything()[child])
        uid = owner["metadata"]["uid"]
        return any(o.get("blockOwnerDeletion") for o in references if o["uid"] == uid)

    def _disown(self, child: Place, owner: Manifest, at: datetime) -> None:
        rest = [o for o in owners(self._objects.everything()[child]) if o["uid"] != owner["metadata"]["uid"]]
        self._edit(child, {"ownerReferences": rest}, at)

    def _drop(self, place: Place, finalizer: str, at: datetime) -> None:
        left = [f for f in finalizers(self._objects.everything()[place]) if f != finalizer]
        self._edit(place, {"finalizers": left}, at)

    def _edit(self, place: Place, metadata: Manifest, at: datetime) -> None:
        manifest = copied(self._objects.everything()[place])
        manifest["metadata"].update(metadata)
        self._objects.replace(place.resource, manifest, at)

    def _end_namespace(self, place: Place, at: datetime) -> None:
        inside = [other for other in self._objects.everything() if other.namespace == place.name]
        for other in inside:
            self._objects.delete(other, at)
        if not any(other.namespace == place.name for other in self._objects.everything()):
            self._drop(place, NAMESPACE, at)
