"""All that is known of the cluster's objects: from the watch, from LISTs and from the operator's own writes."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aci_operator.api.base import ObjectMeta
from aci_operator.api.group import ContainerGroup
from aci_operator.api.service import Service
from aci_operator.core.revision import Revision
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, REVISIONS, SERVICES, EventType, Listing, Manifest, Resource
from aci_operator.kube.parsing import Parsed, StoredRevision, key_of, parse
from aci_operator.kube.shelf import Shelf

_logger: Final = logging.getLogger(__name__)

STORED: Final = (SERVICES, GROUPS, REVISIONS)
"""The kinds that are kept, in the order in which they are listed."""


@dataclass(frozen=True)
class Change:
    """Something in the store became different.

    Attributes:
        controller: The service that controls the object, also when the object is gone; None when none is known.
    """

    resource: Resource
    key: Key
    controller: Key | None


class Store:
    """The objects, by kind and name. Nothing older ever replaces anything newer."""

    def __init__(self) -> None:
        self._shelves: dict[Resource, Shelf] = {resource: Shelf() for resource in STORED}
        self._complete: set[Resource] = set()
        self._problems: dict[tuple[Resource, Key], str] = {}

    def service(self, key: Key) -> Service | None:
        """Return a service."""
        parsed = self._shelves[SERVICES].get(key)
        content = parsed.content if parsed else None
        return content if isinstance(content, Service) else None

    def group(self, key: Key) -> ContainerGroup | None:
        """Return a group object."""
        parsed = self._shelves[GROUPS].get(key)
        content = parsed.content if parsed else None
        return content if isinstance(content, ContainerGroup) else None

    def revision(self, key: Key) -> StoredRevision | None:
        """Return a stored revision."""
        parsed = self._shelves[REVISIONS].get(key)
        content = parsed.content if parsed else None
        return content if isinstance(content, StoredRevision) else None

    def groups_of(self, uid: str) -> Sequence[ContainerGroup]:
        """Return the group objects that a service controls, in order of their names."""
        parts = (parsed.content for parsed in self._shelves[GROUPS].found(uid))
        return sorted((part for part in parts if isinstance(part, ContainerGroup)), key=lambda it: it.metadata.name)

    def unreadable_of(self, uid: str) -> Sequence[str]:
        """Return the names of the group objects that a service controls and that make no sense to this version."""
        return sorted(parsed.key.name for parsed in self._shelves[GROUPS].found(uid) if parsed.problem)

    def strays_of(self, service: ObjectMeta) -> Sequence[ContainerGroup]:
        """Return the group objects labelled with a service's name that no living service controls."""
        labelled = self._shelves[GROUPS].found(Key(service.namespace, service.name))
        parts = (parsed.content for parsed in labelled if not self.has_living_owner(parsed))
        return [part for part in parts if isinstance(part, ContainerGroup)]

    def revisions_of(self, uid: str) -> Sequence[Revision]:
        """Return the revisions of a service, oldest first."""
        parts = (parsed.content for parsed in self._shelves[REVISIONS].found(uid))
        stored = (part.revision for part in parts if isinstance(part, StoredRevision))
        return sorted(stored, key=lambda revision: (revision.number, revision.name))

    def keys(self, resource: Resource) -> Sequence[Key]:
        """Return the names of all objects of a kind, those that cannot be parsed included."""
        return [parsed.key for parsed in self._shelves[resource].objects()]

    def count(self, resource: Resource) -> int:
        """Return how many objects of a kind there are, those that cannot be parsed included."""
        return len(self._shelves[resource])

    def group_uids(self) -> Collection[str]:
        """Return the uids of all group objects, those that cannot be parsed included."""
        return {parsed.uid for parsed in self._shelves[GROUPS].objects()}

    def group_states(self) -> Mapping[str, int]:
        """Return how many groups are in each state."""
        return Counter(parsed.state for parsed in self._shelves[GROUPS].objects() if parsed.state)

    def places(self) -> Collection[tuple[str, str]]:
        """Return the subscriptions and resource groups that services and groups name; a subscription may be ""."""
        kept = (parsed for resource in (SERVICES, GROUPS) for parsed in self._shelves[resource].objects())
        return {parsed.place for parsed in kept if parsed.place}

    def held(self, resource: Resource, key: Key) -> Parsed | None:
        """Return what is known of an object, parsed or not."""
        return self._shelves[resource].get(key)

    def has_living_owner(self, parsed: Parsed) -> bool:
        """Tell whether the service that controls an object, by uid, exists."""
        owner = self.held(SERVICES, Key(parsed.key.namespace, parsed.owner))
        return owner is not None and owner.uid == parsed.controller

    def problems(self) -> Mapping[tuple[Resource, Key], str]:
        """Return the objects that make no sense to this version of the operator, and why."""
        return self._problems

    def complete(self) -> bool:
        """Tell whether all kinds were listed and exist."""
        return self._complete.issuperset(STORED)

    def newest(self, resource: Resource) -> int:
        """Return the newest version seen of a kind; to be asked before a LIST that `replace_all` will get."""
        return self._shelves[resource].newest

    def incomplete(self, resource: Resource) -> None:
        """Take in that a kind does not exist or may not be read: what is stored of it says nothing until a LIST."""
        self._complete.discard(resource)

    def observe(self, resource: Resource, event: EventType, manifest: Manifest) -> Change | None:
        """Take in an event of a watch, or an answer to a write. Return what it changed, if it was news."""
        if event == "DELETED":
            metadata = manifest["metadata"]
            return self.gone(resource, key_of(manifest), metadata["uid"], int(metadata["resourceVersion"]))
        parsed = self.parsed(resource, manifest)
        return self._changed(resource, parsed) if self._shelves[resource].put(parsed) else None

    def gone(self, resource: Resource, key: Key, uid: str, version: int) -> Change | None:
        """Take in that an object is gone, known from its 404 or its end; `version` is the last that is known of it."""
        held = self._shelves[resource].end(key, uid, version)
        return self._went(resource, held) if held else None

    def replace_all(self, resource: Resource, listing: Listing, *, since: int) -> list[Change]:
        """Take in a LIST; `since` is what `newest` said before it began. LISTs of a kind come one after another."""
        parsed = [self.parsed(resource, manifest) for manifest in listing.items]
        return self.renew(resource, parsed, int(listing.resource_version), since=since)

    def renew(self, resource: Resource, parsed: Sequence[Parsed], version: int, *, since: int) -> list[Change]:
        """Take in a LIST of a version whose manifests went through `parsed`, as they came."""
        if version < since:
            _logger.error("%s went back from version %d to %d: restored from a backup?", resource.kind, since, version)
        changed, gone = self._shelves[resource].replace_all(parsed, version, since=since)
        self._complete.add(resource)
        return [self._went(resource, part) for part in gone] + [self._changed(resource, part) for part in changed]

    def parsed(self, resource: Resource, manifest: Manifest) -> Parsed:
        """Parse a manifest, unless this version of the object is held already, as nearly all of a LIST is."""
        metadata = manifest["metadata"]
        held = self._shelves[resource].get(key_of(manifest))
        if held and held.uid == metadata["uid"] and str(held.version) == metadata["resourceVersion"]:
            return held
        return parse(resource, manifest)

    def _changed(self, resource: Resource, parsed: Parsed) -> Change:
        known = self._problems.pop((resource, parsed.key), "")
        if parsed.problem:
            self._problems[resource, parsed.key] = parsed.problem
            if parsed.problem != known:
                _logger.warning("%s %s cannot be read: %s", resource.kind, parsed.key, parsed.problem)
        return self._change(resource, parsed)

    def _went(self, resource: Resource, parsed: Parsed) -> Change:
        self._problems.pop((resource, parsed.key), None)
        return self._change(resource, parsed)

    def _change(self, resource: Resource, parsed: Parsed) -> Change:
        return Change(resource, parsed.key, Key(parsed.key.namespace, parsed.owner) if parsed.owner else None)
