"""A transport in memory, in place of the network: `answer(request)` is what stands at the other end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Self

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from multidict import CIMultiDict

TOKEN = "eyJhbGciOiJub25lIn0.eyJzZWNyZXQiOiJ5ZXMifQ.c2lnbmF0dXJl"


class Reply(NamedTuple):
    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = {}
    raw: bytes | None = None
    content_type: str = "application/json"


class Request(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any


Answer = Callable[[Request], Awaitable[Reply]]


class _Connection:
    async def close(self) -> None:
        pass


async def _chunks(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


class Wire(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    def __init__(self, *replies: Reply | BaseException | Answer) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.closed = 0

    async def send(self, request: HttpRequest, **_: Any) -> AsyncHttpResponse:
        # The two SDK packages make requests of azure-core's two generations.
        content = getattr(request, "content", None) or getattr(request, "body", None)
        seen = Request(
            request.method,
            request.url,
            dict(request.headers),
            json.loads(content) if isinstance(content, bytes | str) and content else None,
        )
        self.requests.append(seen)
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        if not isinstance(reply, Reply):
            reply = await reply(seen)
        raw = (
            reply.raw if reply.raw is not None else b"" if reply.content is None else json.dumps(reply.content).encode()
        )
        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=_Connection(),
            status_code=reply.status,
            headers=CIMultiDict({"Content-Type": reply.content_type, **reply.headers}),
            reason="",
            content_type=reply.content_type,
            stream_download_generator=lambda **_: _chunks(raw),
            block_size=4096,
        )
        await response.read()
        return response

    @property
    def sent(self) -> list[str]:
        return [request.method for request in self.requests]

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        self.closed += 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def sleep(self, duration: float) -> None:
        await asyncio.sleep(duration)


class Credential:
    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure
        self.asked: list[Mapping[str, Any]] = []

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked.append({"scopes": scopes, **options})
        if self.failure is not None:
            raise self.failure
        return AccessToken(TOKEN, int(time.time()) + 3600)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Counters:
    """The telemetry of these tests."""

    def __init__(self) -> None:
        self.arm: list[tuple[str, str]] = []

    def arm_request(self, operation: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.arm.append((operation, code))


def error(status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}}, headers or {})
