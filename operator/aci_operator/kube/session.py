"""The HTTP session that Kopf gets: fresh credentials on every request, and a look at what comes of each."""

from collections.abc import Callable
from typing import Final

import aiohttp

from aci_operator.kube.access import Access

_POOL: Final = 32

Report = Callable[[str, bool, int], None]
"""Path of a request, whether it is a watch, and the status of its answer (0: none)."""


class CredentialsRefused(aiohttp.ClientConnectionError):
    """401, also with credentials that were read again.

    Kopf takes it for a lost connection and tries again later. At a 401 it would log in again at once, without end.
    """


def kopf_session(access: Access, report: Report) -> aiohttp.ClientSession:
    """Return a session with a bounded pool."""
    connector = aiohttp.TCPConnector(limit=_POOL, ssl=access.ssl_context())
    return aiohttp.ClientSession(
        connector=connector,
        proxy=access.proxy,
        trust_env=True,
        middlewares=(_Middleware(access, report),),
        read_bufsize=2**21,
    )


class _Middleware:
    def __init__(self, access: Access, report: Report) -> None:
        self._access = access
        self._report = report

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        path, watch = request.url.path, request.url.query.get("watch") == "true"
        try:
            response = await self._send(request, handler)
        except (aiohttp.ClientError, OSError, TimeoutError):
            self._report(path, watch, 0)
            raise
        self._report(path, watch, response.status)
        return response

    async def _send(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        used = await self._authorize(request)
        response = await handler(request)
        if response.status != 401:
            return response
        response.release()
        if await self._access.replace(used):
            await self._authorize(request)
            response = await handler(request)
            if response.status != 401:
                return response
            response.release()
        raise CredentialsRefused(f"{request.method} {request.url.path}: 401")

    async def _authorize(self, request: aiohttp.ClientRequest) -> str | None:
        value = await self._access.authorization()
        if value is not None:
            request.headers["Authorization"] = value
        return value
