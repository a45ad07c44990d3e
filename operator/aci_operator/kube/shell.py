"""Kopf, as a process shell around one watch per kind. It runs in a thread of its own.

When Kopf ends, it cancels every task of its event loop that is younger than itself, and while it runs it owns the
loop's signal handlers. It has to end and start again when a CRD goes and comes back; in the operator's own loop that
would cancel the workers in the middle of a write.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from typing import Any, Final

import kopf

from aci_operator.kube.access import Access
from aci_operator.kube.api import EventType, Manifest, Resource
from aci_operator.kube.session import Report, kopf_session

_logger: Final = logging.getLogger(__name__)

_STOP_SECONDS: Final = 15

OnEvent = Callable[[Resource, EventType, Manifest], None]


class _Backoffs:
    """Endless: a finite list would end Kopf after a minute without the API server."""

    def __iter__(self) -> Iterator[float]:
        pause = 0.5
        while True:
            yield pause
            pause = min(2 * pause, 30.0)


def quiet_kopf() -> None:
    """Leave out of the log what Kopf tells of each event, and what does not matter to a shell."""
    for name, level in {
        "kopf": logging.WARNING,
        "kopf.objects": logging.ERROR,
        "kopf._core.reactor.running": logging.ERROR,  # warns that a thread gets no signals
    }.items():
        logging.getLogger(name).setLevel(level)


class Shell:
    """One run of Kopf.

    Args:
        on_event: Called in the caller's event loop, in the order of the watch.
        on_report: Likewise, with the outcome of every LIST and every start of a watch.
    """

    def __init__(
        self, resources: tuple[Resource, ...], kubeconfig: Path | None, *, on_event: OnEvent, on_report: Report
    ) -> None:
        self._resources = resources
        self._kubeconfig = kubeconfig
        self._on_event = on_event
        self._on_report = on_report
        self._loop = asyncio.get_running_loop()
        self._stop: Future[None] = Future()
        self._ended: asyncio.Future[BaseException | None] = self._loop.create_future()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._thread, name="kopf", daemon=True).start()

    async def ended(self) -> BaseException | None:
        """Wait for Kopf's end; return what it ended with. May be cancelled and called again."""
        return await asyncio.shield(self._ended)

    async def stop(self) -> None:
        """Stop Kopf and wait for it."""
        self._let_go()
        try:
            await asyncio.wait_for(self.ended(), _STOP_SECONDS)
        except TimeoutError:
            _logger.warning("Kopf has not stopped in %d s and is left behind", _STOP_SECONDS)

    def _let_go(self) -> None:
        with contextlib.suppress(InvalidStateError):
            self._stop.set_result(None)

    def _thread(self) -> None:
        outcome: BaseException | None = None
        try:
            asyncio.run(self._operator())
        except BaseException as error:  # noqa: BLE001 - whatever ends Kopf (it may cancel itself), it is started again
            outcome = error
        self._call(self._end, outcome)

    async def _operator(self) -> None:
        access = await Access.load(self._kubeconfig)
        try:
            await kopf.operator(
                registry=self._registry(access),
                settings=_settings(),
                stop_flag=self._stop,
                clusterwide=True,
                standalone=True,
            )
        finally:
            self._let_go()  # Kopf waits for it in a thread of its own, which would outlive this loop

    def _registry(self, access: Access) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        async def login(**_: Any) -> kopf.AiohttpSession:
            session = kopf_session(access, self._resources, self._reported)
            return kopf.AiohttpSession(server=access.server, aiohttp_session=session)

        kopf.on.login(registry=registry)(login)
        for resource in self._resources:
            kopf.on.event(resource.group, resource.version, resource.plural, registry=registry)(self._handler(resource))
        return registry

    def _handler(self, resource: Resource) -> Callable[..., Any]:
        async def observed(event: kopf.RawEvent, **_: Any) -> None:
            # Objects of a LIST come without a type.
            self._call(self._on_event, resource, event["type"] or "ADDED", event["object"])

        return observed

    def _reported(self, resource: Resource, watch: bool, status: int) -> None:
        self._call(self._on_report, resource, watch, status)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the caller's loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(function, *arguments)

    def _end(self, outcome: BaseException | None) -> None:
        if not self._ended.done():
            self._ended.set_result(outcome)


class _NoEssence(kopf.DiffBaseStorage):
    """No copy of each object to find out later what has changed in it: nothing here asks, and it takes long."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        return None

    def store(self, **_: Any) -> None:
        pass


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = _NoEssence()
    settings.queueing.idle_timeout = 0.5  # so long is each object kept that a watch has told of
    settings.scanning.disabled = True  # needs rights on CRDs and namespaces; the informer does without
    settings.posting.enabled = False  # our own recorder posts
    settings.watching.chunk_size = 500
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.error_backoffs = _Backoffs()
    settings.process.ultimate_exiting_timeout = None  # it would kill this process
    return settings
