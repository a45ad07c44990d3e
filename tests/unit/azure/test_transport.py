import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aci_operator.azure.transport import NEVER_LEFT, AnswerCut, transport
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answers: list[bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """Give each request the next answer, which may be cut, and then end the connection unless it is whole."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            except asyncio.IncompleteReadError:
                break
            length = [line for line in head.splitlines() if line.startswith("content-length:")]
            await reader.readexactly(int(length[0].partition(":")[2]) if length else 0)
            seen.append(head.split()[0].upper())
            answer = answers.pop(0) if answers else b""
            writer.write(answer)
            await writer.drain()
            if not answer.endswith(b"\r\n\r\nok"):
                break
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}/", seen
    finally:
        listening.close()
        await listening.wait_closed()


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request(method: str, address: str) -> HttpRequest:
    return HttpRequest(method, address, content=b"{}" if method in {"PUT", "PATCH"} else None)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("answers", [[], [WHOLE], [b"HTTP/1.1 2"]], ids=["fresh", "reused", "half a line"])
async def test_a_cut_connection_does_not_repeat_the_request(method: str, answers: list[bytes]) -> None:
    async with server(list(answers)) as (address, seen), transport() as network:
        if answers == [WHOLE]:
            await network.send(HttpRequest("GET", address))
            seen.clear()
        with pytest.raises(ServiceRequestError) as cut:
            await network.send(request(method, address))
        assert seen == [method]
        assert isinstance(cut.value.inner_exception, AnswerCut | aiohttp.ClientError)
        assert not isinstance(cut.value.inner_exception, NEVER_LEFT)


async def test_why_the_transport_is_our_own() -> None:
    """When this fails, aiohttp has stopped to repeat a PUT by itself, and the middleware can go."""
    async with server([]) as (address, seen), AioHttpTransport() as network:
        with pytest.raises(ServiceRequestError):
            await network.send(request("PUT", address))
        assert seen == ["PUT", "PUT"]


async def test_a_refused_connection_is_known_for_one() -> None:
    async with server([]) as (address, _):
        pass
    async with transport() as network:
        with pytest.raises(ServiceRequestError) as refused:
            await network.send(request("PUT", address))
        assert isinstance(refused.value.inner_exception, NEVER_LEFT)


async def test_an_answer_passes() -> None:
    async with server([WHOLE]) as (address, seen), transport() as network:
        response = await network.send(request("PUT", address))
        assert (response.status_code, response.content, seen) == (200, b"ok", ["PUT"])
