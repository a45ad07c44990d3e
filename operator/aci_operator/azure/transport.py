"""The way to the network: aiohttp, told to send each request once."""

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""Failures before a connection stood: DNS, refused, TLS, proxy, connect timeout."""


class AnswerCut(aiohttp.ClientConnectionError):
    """The connection ended after the request had begun to leave."""


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except NEVER_LEFT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise AnswerCut(str(error)) from error


def transport() -> AioHttpTransport:
    """Return a transport with a connection pool of its own. Call it inside the event loop.

    aiohttp itself repeats a GET, PUT or DELETE whose connection ends without an answer, on a fresh connection too, and
    below azure-core: `retry_total=0` does not reach it, and one PUT became two on the wire. It repeats on ClientOSError
    and ServerDisconnectedError, so a middleware turns these into an error that it does not know.
    """
    session = aiohttp.ClientSession(
        # As azure-core makes its own sessions: proxies from the environment, no cookies, bodies decoded above.
        trust_env=True,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        middlewares=(_once,),
    )
    return AioHttpTransport(session=session)
