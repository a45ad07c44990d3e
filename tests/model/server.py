"""A model of the API server on the event loop's time, with clients that can be told apart and faults."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TypeVar

from aci_operator.core.errors import ApiUnavailable
from aci_operator.kube.api import NAMESPACES, Listing, Manifest, Resource

from tests.model.clock import EPOCH, now
from tests.model.collector import Collector
from tests.model.faults import Fault, Mode, error
from tests.model.manifests import copied
from tests.model.objects import Objects, Place
from tests.model.process import Process, outside
from tests.model.record import Call, Record

Result = TypeVar("Result")

TIMEOUT = 30.0
FIRST_NAMESPACES = ("kube-system", "default")


class ApiServer:
    """The server. What it was asked goes on when the client is gone, as with a real one.

    Attributes:
        latency: Seconds on the way to the server, and as many back.
        objects: The store itself, for assertions.
        record: All calls of all clients.
        acting: Whose write is being done, for listeners of `objects`.
    """

    def __init__(self, *, seed: int = 0, latency: float = 0.002, collect_after: float = 1.0) -> None:
        self.latency = latency
        self.objects = Objects(seed=seed)
        self.record = Record()
        self.faults: list[Fault] = []
        self.chance = random.Random(seed + 1)
        self.collector = Collector(self.objects, delay=collect_after, before=self._collecting)
        self.acting = "setup"
        for name in FIRST_NAMESPACES:
            self.objects.create(
                NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, EPOCH
            )

    def client(self, process: Process | str) -> "Client":
        """Return a `KubeApi` for a process, whose calls are recorded under its name."""
        return Client(self, Process(process) if isinstance(process, str) else process)

    def plant(self, fault: Fault) -> Fault:
        """Let a fault happen from now on."""
        self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """End all faults; what is held goes on."""
        for fault in self.faults:
            fault.release()
        self.faults.clear()

    async def serve(self, caller: "Client", call: Call, action: Callable[[datetime], Result]) -> Result:
        """Do what was asked, with the faults that are due."""
        fault = self._fault(call)
        await asyncio.sleep(self.latency)
        if fault is not None and fault.mode is Mode.HOLD_BEFORE:
            await fault.hold()
        if caller.process.dead and caller.process.lost:
            raise ApiUnavailable("the request never arrived")
        call.at = now()
        self.record.add(call)
        before = self.objects.version
        try:
            _refuse(fault, call)
            self.acting = call.client
            result = action(now())
        except Exception as refusal:
            call.outcome = type(refusal).__name__
            await asyncio.sleep(self.latency)
            raise
        call.changed = self.objects.version != before
        call.outcome = "ok"
        if fault is not None and fault.mode is Mode.HOLD_AFTER:
            await fault.hold()
        await asyncio.sleep(self.latency)
        if fault is not None and fault.mode is Mode.LOSE:
            call.outcome = "lost"
            raise error(fault.mode, call.verb, call.resource, call.name)
        return result

    def _collecting(self) -> None:
        self.acting = "collector"

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.takes(call.client, call.verb, call.resource, call.name):
                return fault
        return None


class Client:
    """One process's view of the server: implements `KubeApi`."""

    def __init__(self, server: ApiServer, process: Process, *, timeout: float = TIMEOUT) -> None:
        self.process = process
        self.timeout = timeout
        self._server = server

    async def get(self, resource: Resource, namespace: str, name: str) -> Manifest:
        """Read one object."""
        place = Place(resource, namespace, name)
        return await self._call("get", place, lambda _: self._server.objects.get(place))

    async def list(self, resource: Resource, *, label_selector: str = "") -> Listing:
        """Read all objects of a kind."""
        place = Place(resource, "", "")
        return await self._call("list", place, lambda _: self._server.objects.listing(resource, label_selector))

    async def pages(self, resource: Resource, *, label_selector: str = "") -> AsyncIterator[Listing]:
        """Read them as one page."""
        yield await self.list(resource, label_selector=label_selector)

    async def create(self, resource: Resource, body: Manifest) -> Manifest:
        """Create an object."""
        body = copied(body)
        return await self._call(
            "create", _place(resource, body), lambda at: self._server.objects.create(resource, body, at)
        )

    async def replace(self, resource: Resource, body: Manifest) -> Manifest:
        """Replace all but the status."""
        body = copied(body)
        return await self._call(
            "replace", _place(resource, body), lambda at: self._server.objects.replace(resource, body, at)
        )

    async def replace_status(self, resource: Resource, body: Manifest) -> Manifest:
        """Replace the status alone."""
        body = copied(body)
        return await self._call(
            "replace_status", _place(resource, body), lambda at: self._server.objects.replace_status(resource, body, at)
        )

    async def patch_metadata(self, resource: Resource, namespace: str, name: str, metadata: Manifest) -> Manifest:
        """Merge into the metadata."""
        patch = {"metadata": copied(metadata)}
        return await self._call(
            "patch",
            Place(resource, namespace, name),
            lambda at: self._server.objects.patch(resource, namespace, name, patch, at),
        )

    async def delete(self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str) -> None:
        """Delete an object under preconditions."""
        place = Place(resource, namespace, name)
        await self._call(
            "delete",
            place,
            lambda at: self._server.objects.delete(place, at, uid=uid, version=resource_version),
            guarded=bool(uid and resource_version),
        )

    async def _call(
        self, verb: str, place: Place, action: Callable[[datetime], Result], *, guarded: bool = False
    ) -> Result:
        await self.process.gate()
        call = Call(now(), self.process.name, verb, *place, guarded=guarded)
        work = outside(self._server.serve(self, call, action))
        try:
            async with asyncio.timeout(self.timeout):
                answer = await asyncio.shield(work)
        except TimeoutError:
            raise ApiUnavailable(f"{verb} {place.name}: no answer in {self.timeout:g} s") from None
        await self.process.gate()
        return answer


def _refuse(fault: Fault | None, call: Call) -> None:
    if fault is not None and fault.mode not in (Mode.HOLD_BEFORE, Mode.HOLD_AFTER, Mode.LOSE):
        raise error(fault.mode, call.verb, call.resource, call.name)


def _place(resource: Resource, body: Manifest) -> Place:
    metadata = body["metadata"]
    return Place(resource, metadata.get("namespace", ""), metadata.get("name") or metadata.get("generateName", ""))
