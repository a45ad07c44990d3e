"""What is stored, and the rules of writing it: the API server without time, network and permissions.

Every rule here has a test in `contract` that also runs on the real server (1.37). What surprised us there: a delete
raises the generation once; the first write after a create always counts as a change, because the status that the schema
supplies was not stored yet; ControllerRevisions refuse a merge-patch; a PUT makes a Lease that does not exist.
"""

import random
import uuid
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aci_operator.core.errors import AlreadyExists, ApiForbidden, ApiInvalid, ApiUnavailable, Conflict, ObjectGone
from aci_operator.kube.api import LEASES, NAMESPACES, REVISIONS, EventType, KindMissing, Listing, Manifest, Resource

from tests.model.clock import stamp
from tests.model.kinds import Kind, kinds
from tests.model.manifests import copied, deleting, finalizers, merged, pruned_metadata, selects, spec_of

FIRST_VERSION = 990
"""So that most runs pass from three digits to four: versions that are compared as text go wrong there."""

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Place(NamedTuple):
    """Where an object is."""

    resource: Resource
    namespace: str
    name: str


@dataclass(frozen=True)
class Change:
    """One entry of the history that watches read; `manifest` must not be changed."""

    version: int
    at: datetime
    type: EventType
    place: Place
    manifest: Manifest


class Objects:
    """All objects. Methods return copies.

    Attributes:
        history: Every change, in order.
        listeners: Called at once after each change.
        on_kind_gone: Called when a kind has ceased to exist.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.kinds = kinds()
        self.terminating: set[Resource] = set()
        self.history: list[Change] = []
        self.listeners: list[Callable[[Change], None]] = []
        self.on_kind_gone: list[Callable[[Resource], None]] = []
        self._present: dict[Place, Manifest] = {}
        self._uids: set[str] = set()
        self._unstored_status: set[Place] = set()
        self._version = FIRST_VERSION
        self._random = random.Random(seed)

    # -- reading

    def get(self, place: Place) -> Manifest:
        """Read one object."""
        self._kind(place.resource)
        return copied(self._stored(place))

    def listing(self, resource: Resource, selector: str = "") -> Listing:
        """Read all objects of a kind, in the order of their keys."""
        self._kind(resource)
        found = [(place, manifest) for place, manifest in self._present.items() if place.resource == resource]
        items = [
            copied(manifest)
            for _, manifest in sorted(found, key=lambda item: item[0][1:])
            if selects(selector, manifest["metadata"].get("labels", {}))
        ]
        return Listing(items, str(self._version))

    def at(self, resource: Resource, version: int) -> list[Manifest]:
        """Return what a list at an older version would have held."""
        found: dict[Place, Manifest] = {}
        for change in self.history[: bisect_right(self.history, version, key=lambda change: change.version)]:
            if change.place.resource == resource:
                found[change.place] = change.manifest
                if change.type == "DELETED":
                    del found[change.place]
        return [copied(manifest) for _, manifest in sorted(found.items(), key=lambda item: item[0][1:])]

    def everything(self) -> dict[Place, Manifest]:
        """Return all objects, for assertions and collectors; not to be changed."""
        return self._present

    def uids(self) -> set[str]:
        """Return the uids of all objects."""
        return self._uids

    @property
    def version(self) -> int:
        """The newest resourceVersion."""
        return self._version

    # -- writing

    def create(self, resource: Resource, body: Manifest, now: datetime) -> Manifest:
        """Store a new object under a new uid."""
        kind = self._kind(resource)
        given = copied(body["metadata"])
        name = given.get("name") or given.get("generateName", "") + "".join(self._random.choices(ALPHABET, k=5))
        place = Place(resource, given.get("namespace", "") if kind.namespaced else "", name)
        self._may_create(place, given)
        metadata = {
            **given,
            "name": name,
            "uid": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "creationTimestamp": stamp(now),
        }
        for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields"):
            metadata.pop(field, None)
        if kind.custom:
            metadata["generation"] = 1
        created = {**copied(body), "metadata": pruned_metadata(metadata)}
        if kind.status:
            created.pop("status", None)
        created = kind.completed(created)
        if kind.status and "status" in created:
            self._unstored_status.add(place)
        return self._store("ADDED", place, created, now)

    def replace(self, resource: Resource, body: Manifest, now: datetime) -> Manifest:
        """Replace all but the status."""
        kind, place = self._kind(resource), self._place(resource, body)
        given = body["metadata"]
        if not kind.unconditional and not given.get("resourceVersion"):
            raise ApiInvalid("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
        if place not in self._present and resource == LEASES:
            return self.create(resource, {**body, "metadata": {**given, "resourceVersion": ""}}, now)
        self._same_object(self._stored(place), given)
        return self._update(kind, place, body, now)

    def replace_status(self, resource: Resource, body: Manifest, now: datetime) -> Manifest:
        """Replace the status and nothing else."""
        kind, place = self._kind(resource), self._place(resource, body)
        if not kind.status:
            raise KindMissing("the server could not find the requested resource")
        old = self._stored(place)
        if not body["metadata"].get("resourceVersion"):
            raise ApiInvalid("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
        self._same_object(old, body["metadata"])
        self._same_version(old, body["metadata"])
        new = {key: value for key, value in old.items() if key != "status"}
        if "status" in body:
            new["status"] = copied(body["status"])
        return self._write(place, kind.completed(new), now)

    def patch(self, resource: Resource, namespace: str, name: str, patch: Manifest, now: datetime) -> Manifest:
        """Apply a merge-patch to all but the status."""
        kind, place = self._kind(resource), Place(resource, namespace, name)
        old = self._stored(place)
        return self._update(kind, place, merged(old, patch), now)

    def delete(self, place: Place, now: datetime, *, uid: str = "", version: str = "", mark: str = "") -> None:
        """Delete an object, or mark it when it has finalizers; `mark` is one that is added on the way."""
        self._kind(place.resource)
        old = self._stored(place)
        if uid and uid != old["metadata"]["uid"]:
            raise Conflict(f"the UID in the precondition ({uid}) does not match the UID in record")
        if version and version != old["metadata"]["resourceVersion"]:
            raise Conflict(f"the ResourceVersion in the precondition ({version}) does not match")
        if deleting(old):
            return
        metadata = copied(old["metadata"])
        if mark:
            metadata["finalizers"] = [*metadata.get("finalizers", ()), mark]
        if not metadata.get("finalizers"):
            self._remove(place, now)
            return
        metadata |= {"deletionTimestamp": stamp(now), "deletionGracePeriodSeconds": 0}
        if "generation" in metadata:
            metadata["generation"] += 1
        self._store("MODIFIED", place, {**old, "metadata": metadata}, now)

    def drop_kind(self, resource: Resource) -> None:
        """End a kind of which no object is left."""
        del self.kinds[resource]
        self.terminating.discard(resource)
        for listener in list(self.on_kind_gone):
            listener(resource)

    # -- rules

    def _kind(self, resource: Resource) -> Kind:
        kind = self.kinds.get(resource)
        if kind is None:
            raise KindMissing("404 page not found")
        return kind

    def _place(self, resource: Resource, body: Manifest) -> Place:
        return Place(resource, body["metadata"].get("namespace", ""), body["metadata"]["name"])

    def _stored(self, place: Place) -> Manifest:
        try:
            return self._present[place]
        except KeyError:
            kind = f"{place.resource.plural}.{place.resource.group}".rstrip(".")
            raise ObjectGone(f'{kind} "{place.name}" not found') from None

    def _may_create(self, place: Place, given: Manifest) -> None:
        if place.namespace:
            namespace = self._stored(Place(NAMESPACES, "", place.namespace))
            if deleting(namespace):
                raise ApiForbidden(f'"{place.name}" is forbidden: namespace {place.namespace} is being terminated')
        if place.resource in self.terminating:
            raise ApiForbidden("create not allowed while custom resource definition is terminating")
        if given.get("resourceVersion"):
            raise ApiUnavailable("resourceVersion should not be set on objects to be created")
        if place in self._present:
            raise AlreadyExists(f'{place.resource.plural} "{place.name}" already exists')

    def _same_object(self, old: Manifest, given: Manifest) -> None:
        if given.get("uid") not in (None, "", old["metadata"]["uid"]):
            raise Conflict(f"Precondition failed: UID in precondition: {given['uid']}")

    def _same_version(self, old: Manifest, given: Manifest) -> None:
        if given.get("resourceVersion") not in (None, "", old["metadata"]["resourceVersion"]):
            raise Conflict("the object has been modified; please apply your changes to the latest version")

    def _update(self, kind: Kind, place: Place, body: Manifest, now: datetime) -> Manifest:
        old = self._present[place]
        self._same_version(old, body["metadata"])
        metadata = copied(body["metadata"])
        for field in ("uid", "deletionTimestamp", "name", "namespace"):
            if metadata.get(field, old["metadata"].get(field)) != old["metadata"].get(field):
                raise ApiInvalid(f"metadata.{field}: Invalid value: field is immutable")
        if deleting(old) and set(metadata.get("finalizers") or ()) - set(finalizers(old)):
            raise ApiInvalid("metadata.finalizers: Forbidden: no new finalizers can be added")
        if kind.resource == REVISIONS and body.get("data") != old.get("data"):
            raise ApiInvalid("data: Invalid value: field is immutable")
        metadata.pop("managedFields", None)
        for field in (
            *("uid", "creationTimestamp", "generation", "deletionTimestamp"),
            *("deletionGracePeriodSeconds", "resourceVersion"),
        ):
            metadata[field] = old["metadata"].get(field)
        new = {**copied(body), "metadata": pruned_metadata(metadata)}
        if kind.status:
            new.pop("status", None)
            if "status" in old:
                new["status"] = old["status"]
        new = kind.completed(new)
        if kind.custom and spec_of(new) != spec_of(old):
            new["metadata"]["generation"] += 1
        return self._write(place, new, now)

    def _write(self, place: Place, new: Manifest, now: datetime) -> Manifest:
        old = self._present[place]
        if deleting(new) and not finalizers(new):
            self._remove(place, now)
            return copied(new)
        if new == old and place not in self._unstored_status:
            return copied(old)
        self._unstored_status.discard(place)
        return self._store("MODIFIED", place, new, now)

    # -- the history

    def _store(self, kind: EventType, place: Place, manifest: Manifest, now: datetime) -> Manifest:
        self._version += 1
        stored = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": str(self._version)}}
        self._present[place] = stored
        self._uids.add(stored["metadata"]["uid"])
        self._tell(Change(self._version, now, kind, place, stored))
        return copied(stored)

    def _remove(self, place: Place, now: datetime) -> None:
        self._version += 1
        last = self._present.pop(place)
        self._uids.discard(last["metadata"]["uid"])
        self._unstored_status.discard(place)
        last = {**last, "metadata": {**last["metadata"], "resourceVersion": str(self._version)}}
        self._tell(Change(self._version, now, "DELETED", place, last))

    def _tell(self, change: Change) -> None:
        self.history.append(change)
        for listener in list(self.listeners):
            listener(change)
