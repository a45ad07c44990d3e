"""What an informer in the manner of Kopf sees of the API server, and what can go wrong on the way.

Kopf lists, handing over every object without an event type, then watches. After a 410 it lists again, and says nothing
of what disappeared in between; that is known from Kopf 1.45 (measured), client-go would make up the missing deletes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aci_operator.core.errors import ApiForbidden, ApiUnavailable
from aci_operator.kube.api import EventType, KindMissing, KubeApi, Manifest, Resource

from tests.model.clock import now
from tests.model.manifests import copied
from tests.model.objects import Change
from tests.model.server import ApiServer

Sink = Callable[[EventType | None, Manifest], None]
Report = Callable[[bool, int], None]
"""Whether it was a watch, and the HTTP status (0: no answer), of each LIST and each start of a watch."""

RETRY = 1.0


@dataclass(eq=False)
class Ways:
    """How events come through. All of it can be changed while the watch runs.

    Attributes:
        delay: Seconds between a change and its event.
        drop: Tells which events get lost for ever.
        repeat: Tells which events come twice.
        swap: Tells which events come after the next one, if that waits already and is of another object.
    """

    delay: Callable[[Change], float] = lambda _: 0.01
    drop: Callable[[Change], bool] = lambda _: False
    repeat: Callable[[Change], bool] = lambda _: False
    swap: Callable[[Change], bool] = lambda _: False


class Watch:
    """One informer of one kind: `run` ends with KindMissing when the kind does.

    Attributes:
        held_back: How many events came while it was frozen.
    """

    def __init__(
        self,
        server: ApiServer,
        api: KubeApi,
        resource: Resource,
        sink: Sink,
        *,
        ways: Ways | None = None,
        report: Report = lambda _watch, _status: None,
    ) -> None:
        self.ways = ways or Ways()
        self._report = report
        self.listed = asyncio.Event()
        self._server = server
        self._api = api
        self._resource = resource
        self._sink = sink
        self._pending: deque[Change] = deque()
        self._news = asyncio.Event()
        self._cut_for: float | None = None
        self._open = asyncio.Event()
        self._open.set()
        self.held_back = 0

    async def run(self) -> None:
        """List, then pass on events, for ever."""
        self._server.objects.listeners.append(self._noticed)
        self._server.objects.on_kind_gone.append(self._ended)
        try:
            while True:
                await self._list()
                await self._stream()
        finally:
            self._server.objects.listeners.remove(self._noticed)
            self._server.objects.on_kind_gone.remove(self._ended)

    def cut(self, seconds: float = 0.0) -> None:
        """410: the stream ends, and after so long everything is listed again; events in between are lost."""
        self._cut_for = seconds
        self._news.set()

    def freeze(self) -> None:
        """Hold all events back: a stream that is open and silent."""
        self._open.clear()

    def thaw(self) -> None:
        """Let the events that were held back come through."""
        self._open.set()

    def relist_from(self, version: int) -> int:
        """Time travel: list from a server that is behind, as after a change of API servers.

        Return how many objects it shows that have changed since, or are gone.
        """
        past, present = (
            {(m["metadata"]["uid"], m["metadata"]["resourceVersion"]) for m in self._server.objects.at(*when)}
            for when in ((self._resource, version), (self._resource, self._server.objects.version))
        )
        for manifest in self._server.objects.at(self._resource, version):
            self._sink(None, manifest)
        return len(past - present)

    def replay(self, version: int) -> int:
        """Send the events since an older version once more. Return how many."""
        changes = [
            c for c in self._server.objects.history if c.version > version and c.place.resource == self._resource
        ]
        for change in changes:
            self._sink(change.type, copied(change.manifest))
        return len(changes)

    def _noticed(self, change: Change) -> None:
        if change.place.resource == self._resource:
            self._pending.append(change)
            self.held_back += not self._open.is_set()
            self._news.set()

    def _ended(self, resource: Resource) -> None:
        if resource == self._resource:
            self._news.set()

    async def _list(self) -> None:
        while True:
            try:
                listing = await self._api.list(self._resource)
                break
            except KindMissing:
                self._report(False, 404)
                raise
            except ApiForbidden:
                self._report(False, 403)
            except ApiUnavailable:
                self._report(False, 0)
            await asyncio.sleep(RETRY)
        self._report(False, 200)
        for manifest in listing.items:
            self._sink(None, manifest)
        seen = int(listing.resource_version)
        self._pending = deque(change for change in self._pending if change.version > seen)
        self.listed.set()

    async def _stream(self) -> None:
        self._report(True, 200)
        while True:
            if self._cut_for is not None:
                seconds, self._cut_for = self._cut_for, None
                await asyncio.sleep(seconds)
                self._pending.clear()
                return
            if self._resource not in self._server.objects.kinds:
                return  # the list that follows says so
            if not self._pending:
                self._news.clear()
                await self._news.wait()
                continue
            change = self._pending.popleft()
            if self._pending and self._pending[0].place != change.place and self.ways.swap(change):
                self._pending.insert(1, change)
                change = self._pending.popleft()
            due = change.at + timedelta(seconds=self.ways.delay(change))
            await asyncio.sleep(max(0.0, (due - now()).total_seconds()))
            await self._open.wait()
            if self.ways.drop(change):
                continue
            for _ in range(2 if self.ways.repeat(change) else 1):
                self._sink(change.type, copied(change.manifest))
