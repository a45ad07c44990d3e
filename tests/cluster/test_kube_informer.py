"""Kopf as our informer, on a control plane of its own: CRDs come and go, and the API server is killed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aci_operator.engine.ports import Key
from aci_operator.kube.api import GROUPS, SERVICES
from aci_operator.kube.client import connect
from aci_operator.kube.informer import Informer
from aci_operator.kube.shell import quiet_kopf
from aci_operator.kube.store import Change, Store

from devcluster.binaries import Binaries
from devcluster.cluster import ControlPlane
from devcluster.guard import Guard
from devcluster.processes import Run
from devcluster.system import names
from tests.model import samples

LIMIT = 90.0


@pytest.fixture(scope="module")
def plane(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    run = Run(tmp_path_factory.mktemp("informer").resolve())
    with Guard(run):
        plane = ControlPlane(run, binaries)
        plane.start()
        yield plane


@pytest.fixture
def crds(plane: ControlPlane) -> None:
    plane.kubectl("apply", "--server-side", "-f", names.CRDS)
    plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", names.CRDS)
    for kind in ("aciservices", "acicontainergroups"):
        plane.kubectl("delete", kind, "--all")


class Follower:
    """An informer at work."""

    def __init__(self, plane: ControlPlane, informer: Informer, store: Store, changes: list[Change]) -> None:
        self._plane = plane
        self.informer = informer
        self.store = store
        self.changes = changes

    async def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        return await asyncio.to_thread(self._plane.kubectl, *arguments, stdin=stdin)

    async def apply(self, name: str, **spec: Any) -> None:
        await self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(samples.service(name, **spec)))

    async def delete(self, name: str) -> None:
        await self.kubectl("delete", "aciservice", name)

    def shows(self, name: str, replicas: int | None) -> bool:
        service = self.store.service(Key("default", name))
        return (service.spec.replicas if service else None) == replicas

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():  # noqa: ASYNC110 - what is waited for happens in other processes
                await asyncio.sleep(0.05)

    async def ready(self) -> None:
        await self.until(self.informer.ready)

    async def proves_itself(self, name: str) -> None:
        """Show that creation, change and deletion come through the watch."""
        await self.apply(name, replicas=2)
        await self.until(lambda: self.shows(name, 2))
        await self.apply(name, replicas=3)
        await self.until(lambda: self.shows(name, 3))
        await self.delete(name)
        await self.until(lambda: self.shows(name, None))


@asynccontextmanager
async def following(plane: ControlPlane, kubeconfig: Path, *, resync: float = 3600.0) -> AsyncIterator[Follower]:
    quiet_kopf()
    api, store = await connect(kubeconfig), Store()
    changes: list[Change] = []
    informer = Informer(api, store, kubeconfig=kubeconfig, on_change=changes.append, resync=resync)
    task = asyncio.create_task(informer.run())
    bystander = asyncio.create_task(asyncio.Event().wait())
    try:
        yield Follower(plane, informer, store, changes)
        assert not task.done()
        assert not bystander.done()  # Kopf, where it lives, ends everything that is younger than itself
    finally:
        bystander.cancel()
        task.cancel()
        await asyncio.wait({task, bystander})
        await api.close()


@pytest.mark.usefixtures("crds")
async def test_objects_that_exist_come_and_go(plane: ControlPlane) -> None:
    async with following(plane, plane.admin) as follower:
        await follower.apply("early")
        await follower.ready()
        await follower.until(lambda: follower.shows("early", 1))
        await follower.proves_itself("late")
        assert {change.key.name for change in follower.changes} == {"early", "late"}


async def test_the_crds_come_after_the_start(plane: ControlPlane) -> None:
    plane.kubectl("delete", "--ignore-not-found", "-f", names.CRDS)
    async with following(plane, plane.admin) as follower:
        await asyncio.sleep(2)  # let it see that there are none
        assert not follower.informer.ready()
        assert not follower.store.complete()
        await follower.kubectl("apply", "--server-side", "-f", names.CRDS)
        await follower.ready()
        await follower.proves_itself("late")


@pytest.mark.usefixtures("crds")
async def test_a_crd_goes_and_comes_back(plane: ControlPlane) -> None:
    async with following(plane, plane.admin) as follower:
        await follower.ready()
        await follower.apply("before")
        await follower.until(lambda: follower.shows("before", 1))
        await follower.kubectl("delete", "crd", f"{GROUPS.plural}.{GROUPS.group}")
        await follower.until(lambda: not follower.store.complete())
        assert not follower.informer.ready()
        await follower.kubectl("apply", "--server-side", "-f", names.CRDS)
        await follower.ready()
        assert follower.shows("before", 1)
        await follower.proves_itself("after")


@pytest.mark.usefixtures("crds")
async def test_the_api_server_is_killed_and_comes_back(plane: ControlPlane) -> None:
    async with following(plane, plane.admin) as follower:
        await follower.ready()
        await follower.apply("before")
        await follower.until(lambda: follower.shows("before", 1))
        await asyncio.to_thread(plane.run.kill, "kube-apiserver")
        await follower.until(lambda: not follower.informer.ready())
        assert follower.store.complete()
        assert follower.shows("before", 1)
        await asyncio.to_thread(plane.restart_apiserver)
        await follower.ready()
        await follower.proves_itself("after")


@pytest.mark.usefixtures("crds")
async def test_a_right_is_taken_and_given_back(plane: ControlPlane, tmp_path: Path) -> None:
    everything = ("--resource=aciservices.acioperator.dev,acicontainergroups.acioperator.dev,controllerrevisions.apps",)
    plane.kubectl("create", "serviceaccount", "watcher")
    plane.kubectl("create", "clusterrole", "lister", "--verb=list", *everything)
    plane.kubectl("create", "clusterrolebinding", "lister", "--clusterrole=lister", "--serviceaccount=default:watcher")
    plane.service_account_kubeconfig(tmp_path / "kubeconfig", "default", "watcher")
    async with following(plane, tmp_path / "kubeconfig") as follower:
        await follower.until(follower.store.complete)
        assert not follower.informer.ready()
        await follower.kubectl("create", "clusterrole", "watcher", "--verb=watch", *everything)
        binding = ("--clusterrole=watcher", "--serviceaccount=default:watcher")
        await follower.kubectl("create", "clusterrolebinding", "watcher", *binding)
        await follower.ready()
        await follower.proves_itself("granted")


@pytest.mark.usefixtures("crds")
async def test_a_token_that_ended_is_read_again(plane: ControlPlane, tmp_path: Path) -> None:
    plane.kubectl("create", "serviceaccount", "rotated")
    admin = ("--clusterrole=cluster-admin", "--serviceaccount=default:rotated")
    plane.kubectl("create", "clusterrolebinding", "rotated", *admin)
    path = tmp_path / "kubeconfig"
    plane.service_account_kubeconfig(path, "default", "rotated")
    async with following(plane, path) as follower:
        await follower.ready()
        # All tokens of an account end with it; a stream that is open goes on until it is cut.
        await follower.kubectl("delete", "serviceaccount", "rotated")
        await asyncio.to_thread(plane.run.kill, "kube-apiserver")
        await asyncio.to_thread(plane.restart_apiserver)
        await follower.until(lambda: not follower.informer.ready())
        await follower.kubectl("create", "serviceaccount", "rotated")
        await asyncio.to_thread(plane.service_account_kubeconfig, path, "default", "rotated")
        await follower.ready()
        await follower.proves_itself("rotated")


@pytest.mark.usefixtures("crds")
async def test_what_the_watch_lost_is_found_by_the_next_list(plane: ControlPlane) -> None:
    async with following(plane, plane.admin, resync=0.5) as follower:
        await follower.ready()
        version = str(follower.store.newest(SERVICES) + 1)
        lost = samples.service("lost")
        lost["metadata"] |= {"uid": "u", "resourceVersion": version}
        assert follower.store.observe(SERVICES, "ADDED", lost)
        await follower.apply("other")  # the next LIST is newer than the lost object
        await follower.until(lambda: follower.shows("lost", None))
