"""Revisions as ControllerRevision objects of apps/v1, as StatefulSets keep theirs."""

from contextlib import suppress
from typing import Final

from aci_operator.api import keys
from aci_operator.api.service import Service
from aci_operator.core.errors import AlreadyExists, ApiInvalid, Conflict, ObjectGone
from aci_operator.core.revision import Revision
from aci_operator.engine.ports import Key
from aci_operator.kube.api import REVISIONS, KubeApi, Manifest, Resource
from aci_operator.kube.manifests import revision_manifest
from aci_operator.kube.parsing import StoredRevision, parse
from aci_operator.kube.store import Store

SELECTOR: Final = keys.LABEL_SERVICE_UID
"""Selects the ControllerRevisions that are ours; StatefulSets have theirs in the same kind."""


def selector_of(resource: Resource) -> str:
    """Return the label selector by which all objects of a kind are listed; empty where each of them is ours."""
    return SELECTOR if resource == REVISIONS else ""


class Revisions:
    """Creates and deletes stored revisions."""

    def __init__(self, api: KubeApi, store: Store) -> None:
        self._api = api
        self._store = store

    async def create(self, service: Service, revision: Revision) -> None:
        """Store a revision, unless it is stored already.

        Raises:
            ApiInvalid: Something else has its name.
        """
        body = revision_manifest(service, revision)
        try:
            created = await self._api.create(REVISIONS, body)
        except AlreadyExists:
            created = await self._api.get(REVISIONS, service.metadata.namespace, revision.name)
            if not await self._usable(service, revision, created):
                created = await self._api.create(REVISIONS, body)
        self._store.observe(REVISIONS, "ADDED", created)

    async def delete(self, service: Service, revision: Revision) -> None:
        """Delete a stored revision; its content never changes, so its uid says enough."""
        key = Key(service.metadata.namespace, revision.name)
        stored = self._store.revision(key)
        if stored is None:
            return
        metadata = stored.metadata
        with suppress(ObjectGone):
            await self._api.delete(REVISIONS, *key, uid=metadata.uid, resource_version="")
        self._store.gone(REVISIONS, key, metadata.uid, int(metadata.resource_version))

    async def _usable(self, service: Service, revision: Revision, found: Manifest) -> bool:
        """Tell whether what has the revision's name is it; what a service left that no longer exists is removed."""
        parsed = parse(REVISIONS, found)
        if parsed.ending:
            raise Conflict(f"ControllerRevision {parsed.key} is being deleted")
        if parsed.controller != service.metadata.uid:
            if not found["metadata"].get("labels", {}).get(SELECTOR) or self._store.has_living_owner(parsed):
                raise ApiInvalid(f"ControllerRevision {parsed.key} belongs to something else")
            await self._api.delete(REVISIONS, *parsed.key, uid=parsed.uid, resource_version=str(parsed.version))
            return False
        content = parsed.content
        if not isinstance(content, StoredRevision) or content.revision.data.canonical() != revision.data.canonical():
            raise ApiInvalid(f"ControllerRevision {parsed.key} holds other data")
        return True
