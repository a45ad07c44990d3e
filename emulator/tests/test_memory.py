"""The real SDK against the machine without sockets, on a virtual clock: what the simulation does."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest
from aci_emulator import Arm, ConnectionCut, Front, Request, Rule, Settings
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceExistsError, ServiceResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient
from requests.structures import CaseInsensitiveDict

from .bodies import model
from .machine import SUBSCRIPTION


class Credential:
    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("any", 2**40)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass


class Transport(AsyncHttpTransport[Any, Any]):
    """Carries the SDK's requests to a front."""

    def __init__(self, front: Front) -> None:
        self.front = front

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aexit__(self, *_error: object) -> None:
        pass

    async def sleep(self, duration: float) -> None:
        await asyncio.sleep(duration)

    async def send(self, request: Any, **_options: Any) -> Any:
        content = getattr(request, "content", None) or getattr(request, "body", None) or b""
        body = content if isinstance(content, bytes) else str(content).encode()
        try:
            answer = await self.front.answer(Request(request.method, request.url, dict(request.headers), body))
        except ConnectionCut as cut:
            raise ServiceResponseError("connection cut") from cut
        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=None,
            status_code=answer.status,
            headers=CaseInsensitiveDict(answer.headers),
            reason="",
            content_type=answer.headers.get("Content-Type"),
            stream_download_generator=None,
            block_size=4096,
        )
        response._content = answer.body  # noqa: SLF001 the spike's way to answer without a stream
        return response


@pytest.mark.looptime
async def test_the_sdk_on_a_virtual_clock() -> None:
    loop = asyncio.get_running_loop()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    arm = Arm(Settings(resource_groups=["rg@westeurope"], start_latency=20))
    front = Front(arm, clock=lambda: start + timedelta(seconds=loop.time()))
    client: Any = ContainerInstanceManagementClient(
        Credential(), SUBSCRIPTION, transport=Transport(front), retry_total=0, polling_interval=5
    )
    poller = await client.container_groups.begin_create_or_update("rg", "g", model())
    assert (await poller.result()).provisioning_state == "Succeeded"
    assert loop.time() == 20
    again = await client.container_groups.begin_create_or_update("rg", "g", model(), polling=False)
    assert (await again.result()).provisioning_state == "Pending"
    with pytest.raises(ResourceExistsError):
        await client.container_groups.begin_delete("rg", "g")
    await asyncio.sleep(60)
    front.faults.add(Rule("cut-after", method="DELETE"))
    with pytest.raises(ServiceResponseError):
        await client.container_groups.begin_delete("rg", "g")
    assert [g.name async for g in client.container_groups.list()] == []
