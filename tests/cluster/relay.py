"""A relay between the operator and the API server. It can stop a request before or after its effect."""

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

import aiohttp
from aiohttp import web

from devcluster import kubeconfig
from devcluster.components import HOST
from devcluster.system import names
from devcluster.system.operator import Operator

HOP_BY_HOP: Final = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
Outcome = Literal["pass", "cut"]


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
        self.url = ""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        self._started.wait(30)
        assert self.url, "the relay did not start"
        return self

    def __exit__(self, *_: object) -> None:
        for stop in self._stops:
            self._loop.call_soon_threadsafe(stop.end, "cut")
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
        async with self._forwarded(request, body) as answer:
            if stop is not None and stop.after:
                await answer.read()
                if await stop.stop() == "cut":
                    return _cut(request)
            response = web.StreamResponse(status=answer.status, headers=_kept(answer.headers))
            await response.prepare(request)
            async for chunk in answer.content.iter_any() if stop is None else _once(await answer.read()):
                await response.write(chunk)
            await response.write_eof()
            return response

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


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def _trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))
