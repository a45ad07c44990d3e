"""A stand-in for `aci_operator.kube.shell.Shell`: Kopf without threads and sockets.

It lists and watches each kind, reports each LIST and each start of a watch, and ends when a kind does; that is what the
informer sees of the real one.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from aci_operator.kube.api import EventType, KindMissing, Manifest, Resource

from tests.model.server import ApiServer, Client
from tests.model.watch import Sink, Watch, Ways

OnEvent = Callable[[Resource, EventType, Manifest], None]
Report = Callable[[Resource, bool, int], None]


class ModelShell:
    """One run of it."""

    def __init__(
        self,
        server: ApiServer,
        client: Client,
        resources: tuple[Resource, ...],
        ways: Ways,
        *,
        on_event: OnEvent,
        on_report: Report,
    ) -> None:
        self.watches: dict[Resource, Watch] = {}
        for resource in resources:
            self.watches[resource] = Watch(
                server,
                client,
                resource,
                _sink(resource, on_event),
                ways=ways,
                report=partial(on_report, resource),
            )
        self._task: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        """Start all watches."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def ended(self) -> BaseException | None:
        """Wait for the end of a kind."""
        return await asyncio.shield(self._ended)

    async def stop(self) -> None:
        """Stop all watches."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for watch in self.watches.values():
                    group.create_task(watch.run())
        except* KindMissing as missing:
            self._ended.set_result(missing.exceptions[0])


def _sink(resource: Resource, on_event: OnEvent) -> Sink:
    def observed(event: EventType | None, manifest: Manifest) -> None:
        on_event(resource, event or "ADDED", manifest)  # what a LIST shows comes without a type

    return observed
