"""A whole world on the event loop's time: the model API server, the emulator's machine, operators that can be killed.

    world = World(build, seed=7)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await world.settle()

`build` makes an operator out of what a process is given; `operators.py` has the real one.
"""

import asyncio
import json
import random
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal, Protocol

from aci_emulator.admin.admin import Admin
from aci_emulator.front.front import Front
from aci_emulator.front.record import Entry
from aci_emulator.life.model import Group
from aci_emulator.settings import Settings
from aci_emulator.wire import Request, Response
from aci_operator.api import keys
from aci_operator.app.metrics import Metrics
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, SERVICES, Manifest, Resource

from tests.model import samples
from tests.model.azure import Credential, MemoryTransport
from tests.model.clock import now
from tests.model.entra import Entra
from tests.model.manifests import owners, selects
from tests.model.objects import Change, Place
from tests.model.process import Process
from tests.model.server import ApiServer, Client
from tests.model.shell import ModelShell
from tests.model.user import User
from tests.model.watch import Ways
from tests.simulation.properties.invariants import Invariants, WatchedArm

Asked = Literal["read", "list", "listBySubscription", "write", "tags", "delete"]

QUIET = 150.0
"""Seconds without a change after which the world counts as settled; more than any pause of a healthy operator."""

DEADLINE = 7200.0
STEP = 5.0


class Operator(Protocol):
    """An operator in a process."""

    async def run(self) -> None:
        """Work until cancelled, which is an orderly stop."""


@dataclass
class Surroundings:
    """What one operator's process is given.

    Attributes:
        ways: How its watches work; may be changed while they run.
        shell: The latest run of its stand-in for Kopf, None before the first.
        metrics: What it counts.
        ready: What its /readyz says.
        identity: By which it holds the Lease; "" until it runs.
        skew: Seconds by which its clock was ahead when it started. It counts on from there: no step disturbs it.
        operator: What runs in the process.
        on_pass: Told of each pass that it begins: the kind of object, and its key.
    """

    process: Process
    api: Client
    transport: MemoryTransport
    server: ApiServer
    chance: random.Random
    credential: Credential = field(default_factory=Credential)
    ways: Ways = field(default_factory=Ways)
    shell: ModelShell | None = None
    metrics: Metrics = field(default_factory=Metrics)
    ready: Callable[[], bool] = lambda: False
    identity: str = ""
    skew: float = 0.0
    operator: Operator | None = None
    on_pass: Callable[[str, Hashable], None] = lambda _kind, _key: None

    def clock(self) -> datetime:
        """Return the time of day as this process has it."""
        return now() + timedelta(seconds=self.skew)

    def make_shell(self, resources: tuple[Resource, ...], _kubeconfig: object, **calls: Any) -> ModelShell:
        """Stand in for `aci_operator.kube.shell.Shell`."""
        self.shell = ModelShell(self.server, self.api, resources, self.ways, **calls)
        return self.shell


LEASE: Final = Place(LEASES, "kube-system", "aci-operator")
"""That of all operators here."""

Build = Callable[..., Operator]
"""Makes one out of its surroundings and the settings, as keywords."""


class World:
    """Everything.

    Args:
        build: Makes the operators.
        operator: The settings of the operators.
        settings: Of the emulator.

    Attributes:
        settings: Those of the emulator at the beginning.
        on_send: Told of each request to Azure as it leaves an operator.
        on_answer: Told of each answer that an operator sees.
        entra: Gives the operators their tokens, and says which of them Azure takes.
        metrics: What each process counts, or counted until its end.
        skew: Seconds by which the clocks of machines are ahead, for processes that start.
    """

    def __init__(
        self, build: Build, *, seed: int = 0, operator: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        self.seed = seed
        self.cluster = ApiServer(seed=seed)
        self.user = User(self.cluster)
        groups = [f"{samples.RESOURCE_GROUP}@{samples.LOCATION}"]
        self.settings = Settings.model_validate({"resource_groups": groups, "seed": seed, **settings})
        self.arm = WatchedArm(self.settings)
        self.azure = Front(self.arm, clock=now)
        self.portal = Admin(self.azure)
        self.invariants = Invariants(self.cluster, self.arm)
        self.operators: dict[str, Surroundings] = {}
        self.on_send: list[Callable[[Request], None]] = []
        self.on_answer: list[Callable[[Request, Response], None]] = []
        self.entra = Entra()
        self.arm.admits = self.entra.admits
        self.metrics: list[Metrics] = []
        self.skew = 0.0
        self._build = partial(build, **(operator or {}))
        self._mains: dict[str, asyncio.Task[None]] = {}
        self._changes = 0
        self.cluster.objects.listeners.append(self._changed)

    # -- operators

    async def start(self, name: str = "operator", **settings: Any) -> Surroundings:
        """Start an operator's process, the first or a successor; `settings` are its own."""
        process = Process(name)
        chance = random.Random(f"{self.seed} {name} {len(self.cluster.record.calls)}")
        transport = MemoryTransport(self.azure, process)
        transport.on_send, transport.on_answer = self._sent, self._answered
        surroundings = Surroundings(
            process, self.cluster.client(process), transport, self.cluster, chance, self.entra.credential(process)
        )
        surroundings.skew = self.skew
        surroundings.on_pass = lambda kind, key: self.invariants.passed(name, kind, key, now())
        self.operators[name] = surroundings
        self.metrics.append(surroundings.metrics)
        self.invariants.started(name, self.skew)
        process.on_resume = lambda: self.invariants.resumed(name, now())
        self._mains[name] = process.run(_main(partial(self._build, **settings), surroundings))
        await asyncio.sleep(0)
        return surroundings

    async def stop(self, name: str = "operator") -> None:
        """SIGTERM."""
        main, process = self._mains.pop(name), self.operators.pop(name).process
        main.cancel()
        await asyncio.wait({main})
        await process.kill()

    async def crash(self, name: str = "operator", *, lost: bool = False) -> None:
        """SIGKILL, at whatever await its tasks stand. What it has sent arrives, unless `lost`."""
        self._mains.pop(name)
        await self.operators.pop(name).process.kill(lost=lost)

    # -- people

    def apply(self, manifest: Manifest) -> Manifest:
        """`kubectl apply`."""
        return self.user.apply(manifest)

    def scale(self, name: str, replicas: int, namespace: str = "default") -> None:
        """`kubectl scale`."""
        self.user.patch(Place(SERVICES, namespace, name), {"spec": {"replicas": replicas}})

    def delete(self, name: str, namespace: str = "default", *, resource: Resource = SERVICES) -> None:
        """`kubectl delete --wait=false`."""
        self.user.delete(Place(resource, namespace, name))

    def abandon(self, name: str) -> None:
        """Let the object of a container group go, whatever becomes of it in Azure: `kubectl annotate`."""
        place = Place(GROUPS, "default", name)
        annotations = {keys.ANNOTATION_ABANDON: self.cluster.objects.get(place)["metadata"]["uid"]}
        self.user.patch(place, {"metadata": {"annotations": annotations}})

    def service(self, name: str, namespace: str = "default") -> Manifest:
        """Read a service."""
        return self.cluster.objects.get(Place(SERVICES, namespace, name))

    def groups(self, selector: str = "") -> list[Manifest]:
        """Read the group objects."""
        everything = self.cluster.objects.everything().items()
        objects = [manifest for place, manifest in everything if place.resource == GROUPS]
        return [m for m in objects if selects(selector, m["metadata"].get("labels", {}))]

    def cloud(self, service: str | None = None) -> list[Group]:
        """Return the container groups in Azure, of one service or all."""
        found = self.arm.cloud.store.groups(self.azure.clock())
        return [g for g in found if service in (None, (g.tags or {}).get(keys.TAG_SERVICE))]

    def roll(self, name: str, image: str, namespace: str = "default") -> None:
        """`kubectl set image`."""
        self.user.patch(Place(SERVICES, namespace, name), {"spec": {"template": {"spec": samples.replica(image)}}})

    def peak(self, service: str) -> int:
        """Return the most groups of a service that were ever alive at once."""
        [line] = self.portal.peak((keys.TAG_SERVICE, service))
        return int(line["peak"])

    def asked(self, operation: Asked, *, since: datetime | None = None) -> list[Entry]:
        """Return what was asked of Azure about container groups."""
        return [
            entry
            for entry in self.azure.record.entries
            if entry.operation == f"containerGroups/{operation}" and (since is None or entry.at >= since)
        ]

    def names(self, operation: Asked, *, since: datetime | None = None) -> list[str]:
        """Return the names of the groups about which something was asked."""
        return [entry.path.rpartition("/")[-1] for entry in self.asked(operation, since=since)]

    def expect(self, name: str, replicas: int, *, image: str | None = None, namespace: str = "default") -> None:
        """Assert that a service is as it should be: objects, groups in Azure and status say the same."""
        service = self.service(name, namespace)
        objects = {g["metadata"]["name"]: g for g in self.groups() if g["metadata"]["namespace"] == namespace}
        objects = {n: g for n, g in objects.items() if g["metadata"]["labels"].get(keys.LABEL_SERVICE) == name}
        groups = {group.name: group for group in self.cloud(name)}
        assert sorted(objects) == sorted(groups), f"objects and container groups differ{self._tail()}"
        assert len(groups) == replicas, f"{len(groups)} container groups, not {replicas}{self._tail()}"
        for group_name, group in groups.items():
            assert (group.tags or {})[keys.TAG_UID] == objects[group_name]["metadata"]["uid"]
            assert [owner["uid"] for owner in owners(objects[group_name])] == [service["metadata"]["uid"]]
            assert image is None or group.containers[0].image == image
        status = service["status"]
        conditions = {c["type"]: c["status"] for c in status["conditions"]}
        assert conditions["Ready"] == "True", f"{status}{self._tail()}"
        assert (status["replicas"], status["readyReplicas"], status["updatedReplicas"]) == (replicas,) * 3
        assert sorted(status["ips"]) == sorted(str(group.ip) for group in groups.values())
        assert status["observedGeneration"] == service["metadata"]["generation"]

    def told(self, manifest: Manifest) -> dict[str, tuple[str, str, str]]:
        """Return status, reason and message of an object's conditions, by their types."""
        conditions = manifest.get("status", {}).get("conditions", ())
        return {c["type"]: (c["status"], c["reason"], c["message"]) for c in conditions}

    async def in_azure(self, method: str, name: str, body: object = None, *, action: str = "") -> Response:
        """What somebody does to a group in Azure's portal: PATCH, DELETE, or POST with an action."""
        scope = f"/subscriptions/{samples.SUBSCRIPTION}/resourceGroups/{samples.RESOURCE_GROUP}"
        path = f"{scope}/providers/Microsoft.ContainerInstance/containerGroups/{name}{action and '/' + action}"
        url = f"https://management.azure.com{path}?api-version=2023-05-01"
        content = b"" if body is None else json.dumps(body).encode()
        return await self.azure.answer(Request(method, url, {"Content-Type": "application/json"}, content))

    async def portal_put(self, path: str, body: object) -> Response:
        """PUT anything in Azure's portal."""
        headers = {"Content-Type": "application/json"}
        return await self.azure.answer(
            Request("PUT", f"https://management.azure.com{path}", headers, json.dumps(body).encode())
        )

    # -- time

    async def until(self, holds: Callable[[], bool], *, within: float = 600.0) -> None:
        """Wait for something."""
        deadline = asyncio.get_running_loop().time() + within
        while not holds():
            self.check()
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"it did not come true in {within:g} s{self._tail()}")
            await asyncio.sleep(0.25)

    async def converge(
        self,
        name: str,
        replicas: int,
        *,
        image: str | None = None,
        namespace: str = "default",
        within: float = DEADLINE,
    ) -> None:
        """Wait until a service is as it should be, then until all is still, and check that it stayed so."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            self.check()
            try:
                self.expect(name, replicas, image=image, namespace=namespace)
                break
            except (AssertionError, KeyError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(STEP)
        await self.settle()
        self.expect(name, replicas, image=image, namespace=namespace)

    async def ended(self, name: str, namespace: str = "default", *, within: float = DEADLINE) -> None:
        """Wait until a service and its objects are gone, and check that no container group of it is left."""
        await self.until(lambda: self.user.find(Place(SERVICES, namespace, name)) is None, within=within)
        assert not self.cloud(name), f"the object is gone, its container groups are not{self._tail()}"
        await self.settle()
        assert not self.cloud(name)
        assert not self.groups(f"{keys.LABEL_SERVICE}={name}")

    async def settle(self, *, quiet: float = QUIET, within: float = DEADLINE) -> None:
        """Wait until nothing has changed for a while, and check that all is well."""
        loop = asyncio.get_running_loop()
        deadline, since, seen = loop.time() + within, loop.time(), self._fingerprint()
        while loop.time() - since < quiet:
            await asyncio.sleep(STEP)
            self.check()
            if self._fingerprint() != seen or self._moving():
                since, seen = loop.time(), self._fingerprint()
            if loop.time() > deadline:
                raise AssertionError(f"the world did not settle in {within:g} s{self._tail()}")
        self.invariants.converged(now())
        self.check()

    def check(self) -> None:
        """Raise what has been violated up to now, and what ended an operator."""
        for name, main in self._mains.items():
            if main.done() and not main.cancelled():
                raise AssertionError(f"{name} ended by itself (seed {self.seed})") from main.exception()
        if self.invariants.violations:
            raise AssertionError(f"seed {self.seed}:\n" + "\n".join(self.invariants.violations))

    async def close(self) -> None:
        """End all that runs."""
        for name in list(self.operators):
            await self.crash(name)
        self.cluster.heal()
        self.azure.faults.clear()
        await self.azure.close()

    def _sent(self, request: Request) -> None:
        self.invariants.sent(request, now())
        for look in self.on_send:
            look(request)

    def _answered(self, request: Request, answer: Response) -> None:
        self.invariants.answered(request, answer, now())
        for look in self.on_answer:
            look(request, answer)

    def _changed(self, change: Change) -> None:
        if change.place.resource not in (LEASES, EVENTS):
            self._changes += 1

    def _fingerprint(self) -> tuple[object, ...]:
        return self._changes, self.arm.cloud.store.version

    def _moving(self) -> bool:
        """Tell whether Azure is still at work on something; its groups are as of now only when looked at."""
        return any(group.transitioning for group in self.arm.cloud.store.groups(now()))

    def _tail(self) -> str:
        calls = [
            f"{c.at:%H:%M:%S} {c.client} {c.verb} {c.resource.plural} {c.name}: {c.outcome}"
            for c in self.cluster.record.writes()[-15:]
        ]
        requests = [
            f"{e.at:%H:%M:%S} {e.principal} {e.method} {e.path.rsplit('/')[-1]}: {e.status}"
            for e in list(self.azure.record.entries)[-10:]
        ]
        return "\n".join([f" (seed {self.seed})", *calls, *requests])


async def _main(build: Build, surroundings: Surroundings) -> None:
    surroundings.operator = build(surroundings)
    await surroundings.operator.run()
