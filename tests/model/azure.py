"""The network to Azure without sockets: the SDK's pipeline above, the emulator's machine below.

Failures look as azure-core's aiohttp transport makes them (tried with 1.41 against sockets): a connection that ends
without an answer is a ServiceRequestError too, whether or not the request had its effect; only the error inside tells.
"""

import asyncio
import errno
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
from aci_emulator.front.front import ConnectionCut, Front
from aci_emulator.wire import Request, Response
from aiohttp.client_reqrep import ConnectionKey
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import ServiceRequestError, ServiceRequestTimeoutError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

# The only way to an answer without a socket; azure-core's own transports subclass it.
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from requests.structures import CaseInsensitiveDict

from tests.model.process import Process, outside

READ_TIMEOUT = 300.0
FAR_FUTURE = 2**33


class Credential:
    """Gives a token for the asking."""

    async def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        """Return a token that does not run out."""
        return AccessToken("token", FAR_FUTURE)

    async def get_token_info(self, *_scopes: str, **_: Any) -> AccessTokenInfo:
        """Return a token that does not run out."""
        return AccessTokenInfo("token", FAR_FUTURE)

    async def close(self) -> None:
        """Do nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""


class MemoryTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """One process's connections to Azure; the process's name is the principal.

    Attributes:
        latency: Seconds on the way to Azure, and as many back.
        reachable: Without it no connection can be made.
        unreached: How many requests had none.
        on_send: Called with each request as it leaves.
        on_answer: Called with each answer that the process sees.
    """

    def __init__(self, front: Front, process: Process, *, latency: float = 0.05) -> None:
        self.latency = latency
        self.reachable = True
        self.unreached = 0
        self.on_send: Callable[[Request], None] = lambda _: None
        self.on_answer: Callable[[Request, Response], None] = lambda _request, _answer: None
        self._front = front
        self._process = process

    async def open(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is to be closed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing is to be closed."""

    async def send(self, request: HttpRequest, **options: Any) -> AsyncHttpResponse:
        """Send a request and wait for the answer.

        What happens when the caller goes away, or has waited for too long: a request on its way arrives all the same
        (unless its process was killed with `lost`); one that Azure has goes on as the emulator's faults say.
        """
        await self._process.gate()
        if not self.reachable:
            self.unreached += 1
            raise _unreachable(request)
        wire = _wire(request, self._process.name)
        self.on_send(wire)
        trip = _Trip(self._front, self._process, wire, self.latency)
        work = outside(trip.run())
        try:
            async with asyncio.timeout(options.get("read_timeout", READ_TIMEOUT)):
                answer = await asyncio.shield(work)
        except TimeoutError as error:
            trip.leave(work)
            raise ServiceResponseTimeoutError("Timeout on reading data from socket", error=error) from error
        except asyncio.CancelledError:
            trip.leave(work)
            raise
        except ConnectionCut:
            cut = aiohttp.ServerDisconnectedError()
            raise ServiceRequestError(str(cut), error=cut) from cut
        await self._process.gate()
        self.on_answer(wire, answer)
        return _answer(request, answer)


class _Trip:
    """One request's way there and back."""

    def __init__(self, front: Front, process: Process, request: Request, latency: float) -> None:
        self._front = front
        self._process = process
        self._request = request
        self._latency = latency
        self._arrived = False

    async def run(self) -> Response:
        await asyncio.sleep(self._latency)
        if self._process.dead and self._process.lost:
            raise ConnectionCut
        self._arrived = True
        response = await self._front.answer(self._request)
        await asyncio.sleep(self._latency)
        return response

    def leave(self, work: asyncio.Task[Response]) -> None:
        """The client has gone away."""
        if self._arrived:
            work.cancel()


def _wire(request: HttpRequest, principal: str) -> Request:
    # The older kind of request, which parts of the SDK still make, has its body under another name.
    content = getattr(request, "content", None) or getattr(request, "body", None)
    if content is None:
        body = b""
    elif isinstance(content, bytes):
        body = content
    elif isinstance(content, str):
        body = content.encode()
    else:
        raise TypeError(f"the memory transport cannot send {type(content).__name__}")
    return Request(request.method, request.url, dict(request.headers), body, principal)


def _answer(request: HttpRequest, answer: Response) -> AsyncHttpResponse:
    response: Any = AsyncHttpResponseImpl(
        request=request,
        internal_response=_Closed(),
        status_code=answer.status,
        headers=CaseInsensitiveDict(answer.headers),
        reason="",
        content_type=answer.headers.get("Content-Type"),
        stream_download_generator=None,
        block_size=4096,
    )
    response._content = answer.body  # noqa: SLF001 - read already, as after the aiohttp transport's load
    found: AsyncHttpResponse = response
    return found


class _Closed:
    async def close(self) -> None:
        """Nothing is open."""


def _unreachable(request: HttpRequest) -> ServiceRequestError | ServiceRequestTimeoutError:
    key = ConnectionKey(request.url, 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)
    refused = aiohttp.ClientConnectorError(key, OSError(errno.ECONNREFUSED, "Connect call failed"))
    return ServiceRequestError(str(refused), error=refused)
