"""The engine's view of the cluster, against the model of the API server."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.keys import FINALIZER
from aci_operator.api.placement import DeletionPolicy, NetworkType
from aci_operator.api.reasons import State
from aci_operator.api.service import Service, ServiceStatus
from aci_operator.core.errors import AlreadyExists, ApiInvalid, ApiUnavailable, Conflict, ObjectGone
from aci_operator.core.revision import Revision, RevisionData, revision_data
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, REVISIONS, SERVICES, Manifest, Resource
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.revisions import SELECTOR
from aci_operator.kube.store import STORED, Change, Store

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.model.server import ApiServer, Client
from tests.model.user import User

pytestmark = pytest.mark.looptime(end=5000)

GROUP = Key("default", "llm-1-abcdefgh")


class World:
    """A server with one service, and an operator's view of it that no watch refreshes."""

    def __init__(self) -> None:
        self.server = ApiServer()
        self.user = User(self.server)
        self.api: Client = self.server.client("operator")
        self.store = Store()
        self.changes: list[Change] = []
        self.cluster = KubeCluster(self.api, self.store, Recorder(self.api, now=now), on_change=self.changes.append)

    async def list_all(self) -> None:
        for resource in STORED:
            selector = SELECTOR if resource == REVISIONS else ""
            since = self.store.newest(resource)
            self.store.replace_all(resource, await self.api.list(resource, label_selector=selector), since=since)

    @property
    def service(self) -> Service:
        found = self.cluster.service(Key("default", "llm"))
        assert found is not None
        return found

    def new_group(self, key: Key = GROUP, **metadata: Any) -> ContainerGroup:
        owner = samples.service("llm") | {"metadata": {"name": "llm", "uid": self.service.metadata.uid}}
        manifest = samples.owned(samples.group(key.name, key.namespace), owner)
        manifest["metadata"] |= {"finalizers": [FINALIZER], **metadata}
        return ContainerGroup.model_validate(manifest)

    def fault(self, mode: Mode, resource: Resource, *verbs: Any, times: int | None = 1) -> Fault:
        return self.server.plant(Fault(mode, resource=resource, verbs=frozenset(verbs), client="operator", times=times))

    async def stored(self, resource: Resource, key: Key) -> Manifest | None:
        try:
            return await self.server.client("test").get(resource, *key)
        except ObjectGone:
            return None


@pytest.fixture
async def world() -> World:
    world = World()
    world.user.apply(samples.service("llm"))
    await world.list_all()
    return world


async def test_a_status_write_is_seen_at_once(world: World) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    group = await world.cluster.create_group(world.new_group())
    status = GroupStatus(state=State.PENDING, requested_at=moment)
    written = await world.cluster.write_status(group, status)
    assert written.status == status
    assert world.cluster.group(GROUP) == written
    found = await world.stored(GROUPS, GROUP)
    assert found is not None
    assert found["status"] == {**found["status"], "state": "Pending", "requestedAt": "2026-01-01T00:00:00Z"}
    assert "ip" not in found["status"]
    assert found["spec"]["location"] == group.spec.location


async def test_a_stale_status_write_is_refused_and_the_truth_is_read(world: World) -> None:
    old = world.service
    world.user.apply(samples.service("llm", replicas=7))
    with pytest.raises(Conflict):
        await world.cluster.write_status(old, ServiceStatus(serial=1))
    assert world.service.spec.replicas == 7
    await world.cluster.write_status(world.service, ServiceStatus(serial=1))
    assert world.service.status.serial == 1


async def test_a_write_to_an_object_that_is_gone_takes_it_out(world: World) -> None:
    group = await world.cluster.create_group(world.new_group(finalizers=[]))
    await world.server.client("user").delete(GROUPS, *GROUP, uid=group.metadata.uid, resource_version="")
    with pytest.raises(ObjectGone):
        await world.cluster.write_status(group, GroupStatus())
    assert world.cluster.group(GROUP) is None


async def test_a_created_group_has_its_owner_labels_and_finalizer(world: World) -> None:
    created = await world.cluster.create_group(world.new_group(labels={"a": "b"}))
    assert created.metadata.finalizers == (FINALIZER,)
    assert created.metadata.labels == {"a": "b"}
    assert world.cluster.groups_of(world.service) == [created]
    assert world.changes == [Change(GROUPS, GROUP, Key("default", "llm"))]
    with pytest.raises(AlreadyExists):
        await world.cluster.create_group(world.new_group())


async def test_a_create_whose_answer_was_lost_is_found(world: World) -> None:
    world.fault(Mode.LOSE, GROUPS, "create")
    world.fault(Mode.FAIL, GROUPS, "get", times=4)
    created = await world.cluster.create_group(world.new_group())
    assert world.cluster.groups_of(world.service) == [created]


async def test_a_create_that_never_arrived_is_an_error(world: World) -> None:
    world.fault(Mode.FAIL, GROUPS, "create")
    with pytest.raises(ApiUnavailable):
        await world.cluster.create_group(world.new_group())
    assert world.cluster.group(GROUP) is None


async def test_a_deleted_group_is_seen_as_ending_at_once(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    await world.cluster.delete_group(group)
    ending = world.cluster.group(GROUP)
    assert ending is not None
    assert ending.metadata.deletion_timestamp is not None
    await world.cluster.set_finalizers(ending, [])
    assert world.cluster.group(GROUP) is None
    assert await world.stored(GROUPS, GROUP) is None
    assert world.changes[-1] == Change(GROUPS, GROUP, Key("default", "llm"))


async def test_a_group_without_finalizers_is_gone_with_its_deletion(world: World) -> None:
    group = await world.cluster.create_group(world.new_group(finalizers=[]))
    await world.cluster.delete_group(group)
    assert world.cluster.group(GROUP) is None


Write = Callable[[World, ContainerGroup], Awaitable[ContainerGroup]]
CHANGES = [
    pytest.param("patch", False, lambda world, group: world.cluster.adopt_group(group, world.service), id="adopt"),
    pytest.param("patch", True, lambda world, group: world.cluster.release_group(group), id="release"),
    pytest.param(
        "replace", True, lambda world, group: world.cluster.hand_down(group, DeletionPolicy.ORPHAN, 7), id="hand down"
    ),
]


async def owned(world: World, is_so: bool) -> ContainerGroup:
    strayed: Manifest = {} if is_so else {"ownerReferences": []}
    return await world.cluster.create_group(world.new_group(**strayed))


@pytest.mark.parametrize(("verb", "is_owned", "change"), CHANGES)
async def test_a_change_whose_answer_was_lost_counts(world: World, verb: str, is_owned: bool, change: Write) -> None:
    group = await owned(world, is_owned)
    world.fault(Mode.LOSE, GROUPS, verb)
    changed = await change(world, group)
    assert changed.metadata.resource_version != group.metadata.resource_version
    assert world.cluster.group(GROUP) == changed


@pytest.mark.parametrize(("verb", "is_owned", "change"), CHANGES)
async def test_a_change_that_never_arrived_is_an_error(world: World, verb: str, is_owned: bool, change: Write) -> None:
    group = await owned(world, is_owned)
    world.fault(Mode.FAIL, GROUPS, verb)
    with pytest.raises(ApiUnavailable):
        await change(world, group)
    assert world.cluster.group(GROUP) == group


async def test_a_delete_whose_answer_was_lost_is_known_before_the_next_pass(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    world.fault(Mode.LOSE, GROUPS, "delete")
    world.fault(Mode.FAIL, GROUPS, "get", times=4)
    await world.cluster.delete_group(group)
    ending = world.cluster.group(GROUP)
    assert ending is not None
    assert ending.metadata.deletion_timestamp is not None


async def test_a_delete_whose_answer_was_lost_may_have_left_nothing(world: World) -> None:
    group = await world.cluster.create_group(world.new_group(finalizers=[]))
    world.fault(Mode.LOSE, GROUPS, "delete")
    await world.cluster.delete_group(group)
    assert world.cluster.group(GROUP) is None


async def test_a_delete_that_never_arrived_is_an_error(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    world.fault(Mode.FAIL, GROUPS, "delete")
    with pytest.raises(ApiUnavailable):
        await world.cluster.delete_group(group)
    assert world.cluster.group(GROUP) == group


async def test_a_stale_delete_is_refused(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    await world.cluster.write_status(group, GroupStatus(state=State.RUNNING))
    with pytest.raises(Conflict):
        await world.cluster.delete_group(group)
    found = await world.stored(GROUPS, GROUP)
    assert found is not None
    assert "deletionTimestamp" not in found["metadata"]


async def test_finalizers_are_replaced_under_the_version(world: World) -> None:
    old = world.service
    with_ours = await world.cluster.set_finalizers(old, [*old.metadata.finalizers, FINALIZER])
    assert with_ours.metadata.finalizers == (FINALIZER,)
    with pytest.raises(Conflict):
        await world.cluster.set_finalizers(old, [])
    assert world.service == with_ours


async def test_a_finalizer_that_was_taken_off_without_an_answer_is_off(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    await world.cluster.delete_group(group)
    ending = world.cluster.group(GROUP)
    assert ending is not None
    world.fault(Mode.LOSE, GROUPS, "patch")
    assert await world.cluster.set_finalizers(ending, []) == ending
    assert world.cluster.group(GROUP) is None


async def test_another_finalizer_may_hold_an_object_still(world: World) -> None:
    service = await world.cluster.set_finalizers(world.service, ["example.com/other", FINALIZER])
    world.fault(Mode.LOSE, SERVICES, "patch")
    await world.cluster.set_finalizers(service, ["example.com/other"])
    assert world.service.metadata.finalizers == ("example.com/other",)


async def test_a_finalizer_whose_change_never_arrived_is_as_it_was(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    world.fault(Mode.FAIL, GROUPS, "patch")
    with pytest.raises(ApiUnavailable):
        await world.cluster.set_finalizers(group, [])
    assert world.cluster.group(GROUP) == group


async def test_a_finalizer_of_an_object_that_makes_no_sense_any_more_may_be_there_still(world: World) -> None:
    group = await world.cluster.create_group(world.new_group())
    await world.cluster.delete_group(group)
    ending = world.cluster.group(GROUP)
    assert ending is not None
    world.user.set_status(Place(GROUPS, *GROUP), {"state": "Ambling"})
    world.fault(Mode.FAIL, GROUPS, "patch")
    with pytest.raises(ApiUnavailable):
        await world.cluster.set_finalizers(ending, [])


async def test_a_finalizer_that_was_added_without_an_answer_is_for_the_next_pass(world: World) -> None:
    """Who went on would do so under a version that its plan did not come from."""
    world.fault(Mode.LOSE, SERVICES, "patch")
    with pytest.raises(ApiUnavailable):
        await world.cluster.set_finalizers(world.service, [FINALIZER])


async def test_fetch_tells_absence_of_an_object_from_absence_of_its_kind(world: World) -> None:
    assert world.cluster.complete()
    assert await world.cluster.fetch_group(GROUP) is None
    created = await world.cluster.create_group(world.new_group())
    assert await world.cluster.fetch_group(GROUP) == created
    world.user.delete_crd(GROUPS)
    world.user.clear_finalizers(Place(GROUPS, *GROUP))
    await asyncio.sleep(5)
    with pytest.raises(ObjectGone):
        await world.cluster.fetch_group(GROUP)
    assert not world.cluster.complete()
    assert world.cluster.group(GROUP) == created  # nobody has seen it go


async def test_revisions_are_stored_once_and_listed_by_age(world: World) -> None:
    service = world.service
    first = Revision("llm-aaaaaaaaaa", 1, revision_data(service.spec))
    second = Revision("llm-bbbbbbbbbb", 2, first.data)
    await world.cluster.create_revision(service, second)
    await world.cluster.create_revision(service, first)
    await world.cluster.create_revision(service, first)
    assert world.cluster.revisions_of(service) == [first, second]
    fresh = World()
    fresh.api = world.api
    await fresh.list_all()
    assert fresh.store.revisions_of(service.metadata.uid) == [first, second]
    await world.cluster.delete_revision(service, first)
    assert world.cluster.revisions_of(service) == [second]
    assert await world.stored(REVISIONS, Key("default", first.name)) is None
    await world.cluster.delete_revision(service, first)


async def test_a_revision_with_other_data_is_refused(world: World) -> None:
    service = world.service
    revision = Revision("llm-aaaaaaaaaa", 1, revision_data(service.spec))
    await world.cluster.create_revision(service, revision)
    other = RevisionData(
        template=service.spec.template, network=service.spec.network.model_copy(update={"type": NetworkType.NONE})
    )
    with pytest.raises(ApiInvalid, match="other data"):
        await world.cluster.create_revision(service, Revision(revision.name, 1, other))


async def test_what_an_earlier_service_of_the_name_left_is_replaced(world: World) -> None:
    service = world.service
    revision = Revision("llm-aaaaaaaaaa", 1, revision_data(service.spec))
    earlier = service.model_copy(update={"metadata": service.metadata.model_copy(update={"uid": "earlier"})})
    await world.cluster.create_revision(earlier, revision)
    await world.cluster.create_revision(service, revision)
    assert world.cluster.revisions_of(service) == [revision]
    assert world.cluster.revisions_of(earlier) == []


async def test_somebody_elses_controller_revision_is_left_alone(world: World) -> None:
    service = world.service
    await world.server.client("user").create(REVISIONS, samples.revision("llm-aaaaaaaaaa"))
    with pytest.raises(ApiInvalid, match="something else"):
        await world.cluster.create_revision(service, Revision("llm-aaaaaaaaaa", 1, revision_data(service.spec)))


async def test_what_a_living_service_stored_is_left_alone(world: World) -> None:
    world.user.apply(samples.service("other"))
    await world.list_all()
    other = world.cluster.service(Key("default", "other"))
    assert other is not None
    revision = Revision("llm-aaaaaaaaaa", 1, revision_data(other.spec))
    await world.cluster.create_revision(other, revision)
    with pytest.raises(ApiInvalid, match="something else"):
        await world.cluster.create_revision(world.service, revision)
    assert world.cluster.revisions_of(other) == [revision]
    assert await world.stored(REVISIONS, Key("default", revision.name)) is not None


async def test_a_service_that_cannot_be_read_is_still_known(world: World) -> None:
    broken = samples.service("broken") | {"spec": {"replicas": 1}}
    broken["metadata"] |= {"namespace": "default", "uid": "x", "resourceVersion": "999"}
    world.store.observe(SERVICES, "ADDED", broken)
    assert world.cluster.service(Key("default", "broken")) is None
    assert Key("default", "broken") in world.cluster.service_keys()
