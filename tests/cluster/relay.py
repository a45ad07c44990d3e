"""A relay between the operator and the API server: it stops requests, holds watches back, and parts the two.

One request is stopped before or after its effect (`stop`). What all watches tell is late (`hold_watches`) or lost
(`cut_watches`). Nothing gets through either way (`part`), and nobody is told so, as when packets are dropped.
"""

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self, TypeVar

import aiohttp
from aiohttp import web

from devcluster import kubeconfig
from devcluster.components import HOST
from devcluster.system import names
from devcluster.system.operator import Operator

HOP_BY_HOP: Final = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
Outcome = Literal["pass", "cut"]
Result = TypeVar("Result")


@dataclass
class Stop:
    """Where requests stop: those with this method and a path and body in which the patterns are found.

    Attributes:
        after: whether the API server gets the request before it stops.
        skip: how many pass before one stops.
        reached: is set when one has stopped.
    """

    method: str
    path: str
    body: str = ""
    after: bool = False
    skip: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    _outcome: "asyncio.Future[Outcome] | None" = None

    def matches(self, method: str, path: str, body: bytes) -> bool:
        if self.reached.is_set() or method != self.method or not re.search(self.path, path):
            return False
        if self.body and not re.search(self.body, body.decode()):
            return False
        self.skip -= 1
        return self.skip < 0

    async def stop(self) -> Outcome:
        self._outcome = asyncio.get_running_loop().create_future()
        self.reached.set()
        return await self._outcome

    def end(self, outcome: Outcome) -> None:
        """In the relay's loop."""
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)


class Relay:
    """Listens on plain HTTP in a thread of its own and forwards to the API server over TLS."""

    def __init__(self, server: str, ca: Path) -> None:
        self._server = server
        self._ca = ca
        self._stops: list[Stop] = []
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._done = asyncio.Event()
        self._watches: list[web.Request] = []
        self._telling = _open_gate()
        self._linked = _open_gate()
        self.url = ""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        self._started.wait(30)
        assert self.url, "the relay did not start"
        return self

    def __exit__(self, *_: object) -> None:
        for stop in self._stops:
            self.cut(stop)
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(30)

    def stop(self, method: str, path: str, body: str = "", *, after: bool = False, skip: int = 0) -> Stop:
        """Stop the next request of a kind, `skip` of them let through before."""
        stop = Stop(method, path, body, after, skip)
        self._stops.append(stop)
        return stop

    def release(self, stop: Stop) -> None:
        """Let a stopped request go on."""
        self._loop.call_soon_threadsafe(stop.end, "pass")

    def cut(self, stop: Stop) -> None:
        """Cut the connection of a stopped request; if it was stopped before its effect, it never has one."""
        self._loop.call_soon_threadsafe(stop.end, "cut")

    def hold_watches(self) -> None:
        """Hold back what watches tell from now on, also those that begin later. LISTs and all else get through."""
        self._now(self._telling.clear)

    def release_watches(self) -> None:
        """Let watches tell what was held back, in its order, and all that follows."""
        self._now(self._telling.set)

    def cut_watches(self) -> int:
        """Cut the connections of all watches, and tell how many; what was held back on them never comes."""
        return self._now(lambda: len([_cut(watch) for watch in self._watches]))

    def part(self) -> None:
        """Let nothing through either way: requests and answers on their way stay there."""
        self._now(self._linked.clear)

    def heal(self) -> None:
        """Let everything through again; what was on its way arrives, unless its sender has given it up."""
        self._now(self._linked.set)

    def _now(self, change: Callable[[], Result]) -> Result:
        """Make a change in the relay's loop; it is in force on return."""

        async def changed() -> Result:
            return change()

        return asyncio.run_coroutine_threadsafe(changed(), self._loop).result(30)

    async def _serve(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=_trusting(self._ca))
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            self._session = session
            app = web.Application(client_max_size=2**24)
            app.router.add_route("*", "/{tail:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            site = web.TCPSite(runner, HOST, 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            self.url = f"http://{host}:{port}"
            self._started.set()
            await self._done.wait()
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        stop = next((each for each in self._stops if each.matches(request.method, request.path, body)), None)
        if stop is not None and not stop.after and await stop.stop() == "cut":
            return _cut(request)
        await self._linked.wait()
        async with self._forwarded(request, body) as answer:
            if stop is not None and stop.after:
                await answer.read()
                if await stop.stop() == "cut":
                    return _cut(request)
            await self._linked.wait()
            if request.query.get("watch") == "true":
                return await self._watch(request, answer)
            response = await _begun(request, answer)
            async for chunk in answer.content.iter_any() if stop is None else _once(await answer.read()):
                await self._linked.wait()
                await response.write(chunk)
            await response.write_eof()
            return response

    async def _watch(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Its beginning is never held back: that it is there is told by no event."""
        self._watches.append(request)
        try:
            response = await _begun(request, answer)
            async for chunk in answer.content.iter_any():
                await self._telling.wait()
                await self._linked.wait()
                await response.write(chunk)
            await response.write_eof()
            return response
        finally:
            self._watches.remove(request)

    @asynccontextmanager
    async def _forwarded(self, request: web.Request, body: bytes) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._session.request(
            request.method,
            f"{self._server}{request.raw_path}",
            headers=_kept(request.headers),
            data=body or None,
            timeout=aiohttp.ClientTimeout(),
        ) as answer:
            yield answer


@dataclass(frozen=True)
class RelayedOperator(Operator):
    """An operator that reaches the API server through a relay."""

    relay: Relay | None = None

    def write_tokens(self) -> None:
        super().write_tokens()
        assert self.relay is not None
        token = self.control_plane.token(names.NAMESPACE, names.SERVICE_ACCOUNT)
        kubeconfig.with_token(self.kubeconfig, server=self.relay.url, ca=b"", token=token)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}


async def _begun(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """The beginning of the relayed answer."""
    response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers))
    await response.prepare(request)
    return response


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def _trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))
