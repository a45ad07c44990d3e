"""The cluster as the engine sees it: reads from the store, writes through the API, own writes in the store at once."""

from collections.abc import Callable, Sequence

from aci_operator.api import keys
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.placement import DeletionPolicy
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.errors import AlreadyExists, ApiInvalid, ApiUnavailable
from aci_operator.core.revision import Revision
from aci_operator.core.service.replica import controlled_by
from aci_operator.engine.ports import Key, Notice, Object
from aci_operator.kube.answered import answered
from aci_operator.kube.api import GROUPS, SERVICES, KubeApi, Manifest, Resource
from aci_operator.kube.events import Recorder
from aci_operator.kube.manifests import group_manifest, resource_of, status_manifest
from aci_operator.kube.parsing import parse
from aci_operator.kube.reader import Reader
from aci_operator.kube.revisions import Revisions
from aci_operator.kube.store import Change, Store
from aci_operator.kube.view import View


class KubeCluster(View):
    """Implements `engine.ports.Cluster`.

    Args:
        on_change: Told of what own writes changed in the store. The watch will not tell it again.
    """

    def __init__(
        self, api: KubeApi, store: Store, recorder: Recorder, *, on_change: Callable[[Change], None] = lambda _: None
    ) -> None:
        super().__init__(store)
        self._api = api
        self._recorder = recorder
        self._reader = Reader(api, store, on_change)
        self._revisions = Revisions(api, store)

    async def set_finalizers(self, subject: Object, finalizers: Sequence[str]) -> Object:
        """Replace the finalizers of this very version of an object.

        Without an answer it counts when those that were taken off are gone, or the object is: nothing else tells of it.
        """
        metadata = {"resourceVersion": subject.metadata.resource_version, "finalizers": list(finalizers)}
        resource, key = resource_of(subject), _key(subject)
        try:
            async with self._reader.corrected(resource, key):
                answer = await self._api.patch_metadata(resource, *key, metadata)
        except ApiUnavailable:
            taken = frozenset(subject.metadata.finalizers) - frozenset(finalizers)
            if not taken or await self._holds(subject, taken):
                raise
            return subject
        return self._written(subject, answer)

    async def _holds(self, subject: Object, finalizers: frozenset[str]) -> bool:
        """Tell whether any of these finalizers may still hold the object, by what the API server has of it now."""
        resource, key = resource_of(subject), _key(subject)
        await self._reader.settle(resource, key)
        held = self._store.held(resource, key)
        if held is None or held.uid != subject.metadata.uid:
            return False
        found = self.group(key) if isinstance(subject, ContainerGroup) else self.service(key)
        return found is None or not finalizers.isdisjoint(found.metadata.finalizers)

    async def write_status(self, subject: Object, status: ServiceStatus | GroupStatus) -> Object:
        """Replace the status of this very version of an object."""
        resource, key = resource_of(subject), _key(subject)
        async with self._reader.corrected(resource, key):
            answer = await self._api.replace_status(resource, status_manifest(subject, status))
        return self._written(subject, answer)

    async def create_group(self, group: ContainerGroup) -> ContainerGroup:
        """Create a group object; an answer that was lost is looked up before this returns.

        A plan that did not know of the object would create another one.
        """
        key = _key(group)
        try:
            return self._written(group, await answered(self._api.create(GROUPS, group_manifest(group))))
        except AlreadyExists:
            await self._reader.refresh(GROUPS, key)
            raise
        except ApiUnavailable:
            await self._reader.settle(GROUPS, key)
            found = self._store.group(key)
            if found is None:
                raise
            return found

    async def delete_group(self, group: ContainerGroup) -> None:
        """Delete a group object, if it is still this very version; what has become of it is read at once.

        A plan that took it for alive would delete another one. Without an answer it counts when the object is going.
        """
        key, metadata = _key(group), group.metadata
        try:
            async with self._reader.corrected(GROUPS, key):
                version = metadata.resource_version
                await answered(self._api.delete(GROUPS, *key, uid=metadata.uid, resource_version=version))
        except ApiUnavailable:
            await self._reader.settle(GROUPS, key)
            found = self._store.group(key)
            if found is not None and found.metadata.uid == metadata.uid and found.metadata.deletion_timestamp is None:
                raise
        else:
            await self._reader.settle(GROUPS, key)

    async def adopt_group(self, group: ContainerGroup, service: Service) -> ContainerGroup:
        """Make the service the controller of this very version of a group object."""
        uid = service.metadata.uid
        metadata = {"labels": {keys.LABEL_SERVICE_UID: uid}, "ownerReferences": [controlled_by(service).manifest()]}

        def adopted(found: ContainerGroup) -> bool:
            return [owner.uid for owner in found.metadata.owner_references] == [uid]

        return await self._patch_group(group, metadata, adopted)

    async def release_group(self, group: ContainerGroup) -> ContainerGroup:
        """Take every owner off this very version of a group object."""
        return await self._patch_group(
            group, {"ownerReferences": []}, lambda found: not found.metadata.owner_references
        )

    async def _patch_group(
        self, group: ContainerGroup, metadata: Manifest, shows: Callable[[ContainerGroup], bool]
    ) -> ContainerGroup:
        key = _key(group)
        version = {"resourceVersion": group.metadata.resource_version}
        try:
            async with self._reader.corrected(GROUPS, key):
                answer = await self._api.patch_metadata(GROUPS, *key, {**version, **metadata})
        except ApiUnavailable as error:
            return await self._settled(group, shows, error)
        return self._written(group, answer)

    async def hand_down(self, group: ContainerGroup, policy: DeletionPolicy, min_ready: int) -> ContainerGroup:
        """Give this very version of a group object what may change in it; nothing else of it changes."""
        key = _key(group)

        def shows(found: ContainerGroup) -> bool:
            return (found.spec.deletion_policy, found.spec.min_ready_seconds) == (policy, min_ready)

        try:
            async with self._reader.corrected(GROUPS, key):
                manifest = await self._api.get(GROUPS, *key)
                manifest["metadata"].update(uid=group.metadata.uid, resourceVersion=group.metadata.resource_version)
                manifest["spec"]["deletionPolicy"] = policy.value
                manifest["spec"]["minReadySeconds"] = min_ready
                answer = await self._api.replace(GROUPS, manifest)
        except ApiUnavailable as error:
            return await self._settled(group, shows, error)
        return self._written(group, answer)

    async def _settled(
        self, group: ContainerGroup, shows: Callable[[ContainerGroup], bool], lost: ApiUnavailable
    ) -> ContainerGroup:
        """Return the object if it shows what was written without an answer, which then counts; else raise `lost`."""
        key = _key(group)
        await self._reader.settle(GROUPS, key)
        found = self._store.group(key)
        if found is None or found.metadata.uid != group.metadata.uid or not shows(found):
            raise lost
        return found

    async def create_revision(self, service: Service, revision: Revision) -> None:
        """Store a revision."""
        await self._revisions.create(service, revision)

    async def delete_revision(self, service: Service, revision: Revision) -> None:
        """Delete a stored revision."""
        await self._revisions.delete(service, revision)

    async def fetch_group(self, key: Key) -> ContainerGroup | None:
        """Read a group object from the API server itself.

        Raises:
            ApiInvalid: It exists, but makes no sense to this version of the operator.
        """
        return await self._fetch(GROUPS, key, ContainerGroup)

    async def fetch_service(self, key: Key) -> Service | None:
        """Read a service in the same way."""
        return await self._fetch(SERVICES, key, Service)

    async def _fetch(self, resource: Resource, key: Key, kind: type[Object]) -> Object | None:
        manifest = await self._reader.fetch(resource, key)
        if manifest is None:
            return None
        content = parse(resource, manifest).content
        if not isinstance(content, kind):
            raise ApiInvalid(f"{resource.kind} {key} cannot be read")
        return content

    async def notify(self, notice: Notice) -> None:
        """Post an Event."""
        await self._recorder.notify(notice)

    def _written(self, subject: Object, answer: Manifest) -> Object:
        resource = resource_of(subject)
        parsed = parse(resource, answer)
        content = parsed.content
        if not isinstance(content, type(subject)):
            raise ApiInvalid(f"{resource.kind} {parsed.key} cannot be read: {parsed.problem}")
        # Without finalizers a deleted object is gone with this very write, whatever the answer shows.
        ended = parsed.ending and not content.metadata.finalizers
        self._reader.take_in(resource, "DELETED" if ended else "MODIFIED", answer)
        return content


def _key(subject: Service | ContainerGroup) -> Key:
    return Key(subject.metadata.namespace, subject.metadata.name)
