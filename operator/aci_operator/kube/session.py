"""The HTTP session that Kopf gets: fresh credentials on every request, and a look at what comes of each."""

from collections.abc import Callable, Sequence
from typing import Final

import aiohttp

from aci_operator.kube.access import Access
from aci_operator.kube.api import Resource

_POOL: Final = 32

_NOTHING: Final = "metadata.name=."
"""Selects no object: none can have this name."""

Report = Callable[[Resource, bool, int], None]
"""What was listed or watched, which of the two (True: watched), and the status of the answer (0: none)."""


class KindGone(aiohttp.ClientConnectionError):
    """404 for a kind. Kopf takes it for a lost connection and tries again later, until it is told to stop.

    Ended by a 404, it leaves the other watch running without credentials, and sometimes does not end at all.
    """


class CredentialsRefused(aiohttp.ClientConnectionError):
    """401, also with credentials that were read again.

    Kopf takes it for a lost connection and tries again later. At a 401 it would log in again at once, without end.
    """


def kopf_session(access: Access, resources: Sequence[Resource], report: Report) -> aiohttp.ClientSession:
    """Return a session with a bounded pool."""
    connector = aiohttp.TCPConnector(limit=_POOL, ssl=access.ssl_context())
    return aiohttp.ClientSession(
        connector=connector,
        proxy=access.proxy,
        trust_env=True,
        middlewares=(_Middleware(access, resources, report),),
        read_bufsize=2**21,
    )


class _Middleware:
    def __init__(self, access: Access, resources: Sequence[Resource], report: Report) -> None:
        self._access = access
        self._report = report
        self._paths = {f"/apis/{it.group}/{it.version}/{it.plural}": it for it in resources}

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        resource = self._paths.get(request.url.path)
        if resource is None:
            return await self._send(request, handler)
        watch = request.url.query.get("watch") == "true"
        if not watch:
            # Kopf has to learn a version to watch from; the objects themselves are listed anew by the informer as soon
            # as it watches. In a large cluster Kopf would need most of the memory and of the time of a start for them.
            request.url = request.url.update_query(fieldSelector=_NOTHING)
        try:
            response = await self._send(request, handler)
        except (aiohttp.ClientError, OSError, TimeoutError):
            self._report(resource, watch, 0)
            raise
        self._report(resource, watch, response.status)
        if response.status == 404:
            response.release()
            raise KindGone(f"{request.url.path}: 404")
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
