"""Writes, Events and the Lease on the real API server."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.keys import FINALIZER
from aci_operator.api.reasons import Reason, State
from aci_operator.api.service import ServiceStatus
from aci_operator.core.errors import ApiForbidden, Conflict, ObjectGone
from aci_operator.core.revision import Revision, revision_data
from aci_operator.engine.ports import Key, Notice
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, REVISIONS, SERVICES
from aci_operator.kube.client import Client, connect
from aci_operator.kube.cluster import KubeCluster
from aci_operator.kube.events import Recorder
from aci_operator.kube.lease import Elector, LeaseTimes
from aci_operator.kube.revisions import SELECTOR
from aci_operator.kube.store import Store

from devcluster.cluster import ControlPlane
from tests.model import samples

GROUP = "llm-1-abcdefgh"
TIMES = LeaseTimes(duration=3, renew_every=0.5, retry_every=0.1, write_window=1.5)


@pytest.fixture
async def client(cluster: ControlPlane) -> AsyncIterator[Client]:
    client = await connect(cluster.admin)
    yield client
    await client.close()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def recorder(client: Client) -> Recorder:
    return Recorder(client)


@pytest.fixture
def view(client: Client, store: Store, recorder: Recorder) -> KubeCluster:
    return KubeCluster(client, store, recorder)


async def test_a_service_and_its_group_from_beginning_to_end(
    client: Client, store: Store, view: KubeCluster, namespace: str
) -> None:
    store.observe(SERVICES, "ADDED", await client.create(SERVICES, samples.service("llm", namespace)))
    service = view.service(Key(namespace, "llm"))
    assert service is not None
    service = await view.set_finalizers(service, [FINALIZER])
    service = await view.write_status(service, ServiceStatus(serial=1, ips=("20.1.2.3",)))
    assert (service.status.serial, service.status.ips, service.spec.replicas) == (1, ("20.1.2.3",), 1)

    revision = Revision("llm-aaaaaaaaaa", 1, revision_data(service.spec))
    await view.create_revision(service, revision)
    await view.create_revision(service, revision)
    listing = await client.list(REVISIONS, label_selector=SELECTOR)
    again = Store()
    again.replace_all(REVISIONS, listing, since=-1)
    assert again.revisions_of(service.metadata.uid) == [revision] == view.revisions_of(service)

    owner = await client.get(SERVICES, namespace, "llm")
    manifest = samples.owned(samples.group(GROUP, namespace), owner)
    manifest["metadata"]["finalizers"] = [FINALIZER]
    group = await view.create_group(ContainerGroup.model_validate(manifest))
    assert view.groups_of(service) == [group]
    requested = datetime(2026, 1, 1, tzinfo=UTC)
    written = await view.write_status(group, GroupStatus(state=State.PENDING, requested_at=requested))
    assert written.status == GroupStatus(state=State.PENDING, requested_at=requested)
    with pytest.raises(Conflict):
        await view.delete_group(group)
    cleared = await view.write_status(written, GroupStatus(state=State.PENDING))
    assert cleared.status.requested_at is None
    assert await view.fetch_group(Key(namespace, GROUP)) == cleared

    await view.delete_group(cleared)
    ending = view.group(Key(namespace, GROUP))
    assert ending is not None
    assert ending.metadata.deletion_timestamp is not None
    await view.set_finalizers(ending, [])
    assert view.group(Key(namespace, GROUP)) is None
    assert await view.fetch_group(Key(namespace, GROUP)) is None
    with pytest.raises(ObjectGone):
        await view.write_status(ending, GroupStatus())

    await view.delete_revision(service, revision)
    assert view.revisions_of(service) == []
    await view.set_finalizers(service, [])


async def test_events_are_counted(client: Client, recorder: Recorder, namespace: str) -> None:
    manifest = samples.service("llm", namespace)
    created = await client.create(SERVICES, manifest)
    store = Store()
    store.observe(SERVICES, "ADDED", created)
    service = store.service(Key(namespace, "llm"))
    assert service is not None
    task = asyncio.create_task(recorder.run())

    async def counts() -> list[int]:
        listing = await client.list(EVENTS)
        return [item["count"] for item in listing.items if item["metadata"]["namespace"] == namespace]

    for expected in (1, 2):
        await recorder.notify(Notice(service, Reason.SCALING, "one group"))
        async with asyncio.timeout(30):
            while await counts() != [expected]:
                pass
    task.cancel()
    await asyncio.wait({task})


async def test_the_lease_passes_from_one_to_the_next(client: Client, namespace: str) -> None:
    terms: list[str] = []

    def elector() -> tuple[Elector, "asyncio.Task[None]", asyncio.Event]:
        identity, leading = uuid.uuid4().hex, asyncio.Event()

        async def lead() -> None:
            terms.append(identity)
            leading.set()
            await asyncio.Event().wait()

        elector = Elector(client, namespace=namespace, name="lease", identity=identity, times=TIMES)
        return elector, asyncio.create_task(elector.run(lead)), leading

    first, first_task, first_leading = elector()
    await first_leading.wait()
    second, second_task, second_leading = elector()
    await asyncio.sleep(2 * TIMES.duration)  # nothing must happen
    assert not second_leading.is_set()
    assert first.held()
    first_task.cancel()
    await asyncio.wait({first_task})
    await second_leading.wait()
    assert second.leading
    assert not first.leading
    second_task.cancel()
    await asyncio.wait({second_task})
    lease = await client.get(LEASES, namespace, "lease")
    assert not lease["spec"].get("holderIdentity")
    assert len(set(terms)) == 2


async def test_a_group_in_a_namespace_that_is_being_deleted_is_refused(
    client: Client, view: KubeCluster, cluster: ControlPlane, namespace: str
) -> None:
    await client.create(GROUPS, samples.group("blocker", namespace))
    await client.patch_metadata(GROUPS, namespace, "blocker", {"finalizers": [FINALIZER]})  # or it may be gone at once
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")
    with pytest.raises(ApiForbidden, match="the namespace is being deleted"):
        await view.create_group(ContainerGroup.model_validate(samples.group(GROUP, namespace)))
