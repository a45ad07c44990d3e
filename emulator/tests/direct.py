"""The real synchronous SDK on a machine without sockets: while it waits for an operation, the clock turns."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aci_emulator import Request
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from requests.structures import CaseInsensitiveDict

from .machine import SUBSCRIPTION, Machine

Sdk = Any
"""A client of the SDK, see conftest."""


class Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("any", 2**40)


class Direct(HttpTransport[Any, Any]):
    """Carries the SDK's requests to a machine, as from a principal."""

    def __init__(self, machine: Machine, principal: str | None) -> None:
        self.machine = machine
        self.principal = principal

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __exit__(self, *_error: object) -> None:
        pass

    def sleep(self, duration: float) -> None:
        self.machine.wait(duration)

    def send(self, request: Any, **_options: Any) -> Any:
        content = getattr(request, "content", None) or getattr(request, "body", None) or b""
        body = content if isinstance(content, bytes) else str(content).encode()
        sent = Request(request.method, request.url, dict(request.headers), body, self.principal)
        answer = self.machine.arm.handle(sent, self.machine.now)
        response = HttpResponseImpl(
            request=request,
            internal_response=io.BytesIO(),
            status_code=answer.status,
            headers=CaseInsensitiveDict(answer.headers),
            reason="",
            content_type=answer.headers.get("Content-Type"),
            stream_download_generator=None,
            block_size=4096,
        )
        response._content = answer.body  # noqa: SLF001 the way to answer without a stream
        return response


def sdk(machine: Machine, principal: str | None = None) -> Sdk:
    """A client of the SDK on a machine; it does not try again by itself."""
    return ContainerInstanceManagementClient(
        Credential(), SUBSCRIPTION, transport=Direct(machine, principal), retry_total=0, polling_interval=5
    )


@contextmanager
def refused(status: int, code: str | None, text: str = "") -> Iterator[list[Any]]:
    """What is inside is refused so; gives a list that gets the error."""
    caught: list[Any] = []
    with pytest.raises(HttpResponseError) as error:
        yield caught
    caught.append(error.value)
    assert error.value.error is not None
    assert (error.value.status_code, error.value.error.code) == (status, code)
    assert text in str(error.value.error.message)


def answer(call: Any, *arguments: Any, **options: Any) -> Any:
    """The first HTTP answer to a call of the SDK that is left at that."""
    seen: list[Any] = []
    call(*arguments, raw_response_hook=lambda r: seen.append(r.http_response), **options)
    return seen[0]
