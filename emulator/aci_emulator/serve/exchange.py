"""From a request of aiohttp to one of the machine, and from an answer of the machine to one of aiohttp."""

import re
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from aci_emulator.errors import refuse
from aci_emulator.wire import Request, Response

LARGEST_BODY = 16 * 1024 * 1024
LONGEST_URL = 16 * 1024
"""Bytes of a path with its query. That of a signed operation URL has about 4,000 (recorded); the limit is assumed."""

LONGEST_LINE = 64 * 1024
"""Bytes of a request line or header that are read at all: an answer to a long URL needs to see its end."""

NEVER = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")


async def read(request: web.Request) -> Request:
    """The request with its body, unpacked when it came with a Content-Encoding.

    Raises:
        Refusal: 400 BadRequest for a URL or a body that cannot be read, 413, 414.
    """
    target = request.raw_path
    if len(target) > LONGEST_URL:
        raise refuse("RequestUriTooLong")
    url = target if target.startswith("https://") else f"https://{_host(request)}{target}"
    try:
        urlsplit(url)  # raises here what every later look at the URL would raise
    except ValueError as error:
        raise refuse("BadRequest", problem=f"the URL is invalid, {error}") from error
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise refuse("RequestEntityTooLarge") from error
    except web.RequestPayloadError as error:
        raise refuse("BadRequest", problem="the body cannot be read") from error
    return Request(request.method, url, dict(request.headers), body)


def _host(request: web.Request) -> str:
    # HTTP/1.0 knows no Host: links in answers are then built on the address that was connected to.
    if request.headers.get(hdrs.HOST) is not None or request.transport is None:
        return request.host
    address, port = request.transport.get_extra_info("sockname")[:2]
    return authority(address, port)


def authority(host: str, port: int) -> str:
    """The part of a URL that says where: an IPv6 address is in brackets there."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def written(response: Response, request: web.Request) -> web.Response:
    """The answer as aiohttp sends it: packed with gzip when the client takes that, as Azure does."""
    answer = web.Response(status=response.status, headers=response.headers, body=response.body or None)
    if response.body:
        answer.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
        if takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
            answer.enable_compression(web.ContentCoding.gzip)
    return answer


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip without forbidding it (`q=0`)."""
    for item in accepted.lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() == "gzip":
            return NEVER.fullmatch(weight) is None
    return False
