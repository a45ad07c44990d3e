"""The pages of a LIST: all of them, or an error."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from azure.core.rest import HttpRequest

from aci_operator.azure.clients import Clients
from aci_operator.azure.exchange import Exchange
from aci_operator.core.errors import Unavailable

LIMIT: Final = 1000
"""Pages of one LIST; beyond that the links lead nowhere."""


async def items(clients: Clients, exchanges: Callable[[], Exchange], first: str) -> AsyncIterator[Any]:
    """Read the entries of a list, page by page.

    Args:
        clients: Send the requests.
        exchanges: Makes the exchange for each page.
        first: Address of the first page.

    Raises:
        AzureError: A page could not be had; what came before it is no list.
    """
    link = first
    seen: set[str] = set()
    while link:
        if link in seen or len(seen) == LIMIT:
            raise Unavailable(message="the pages of a list do not end")
        seen.add(link)
        page = await _page(clients, exchanges(), link)
        entries = page.get("value")
        if not isinstance(entries, list):
            raise Unavailable(message="a page of a list has no value")
        for entry in entries:
            yield entry
        link = _following(link, page.get("nextLink"))


async def _page(clients: Clients, exchange: Exchange, link: str) -> dict[str, Any]:
    request = HttpRequest("GET", link)
    response = await exchange.run(lambda **options: clients.reader().send_request(request, **options))
    page = exchange.content(response)
    if not isinstance(page, dict):
        raise exchange.unusable("a page of a list is no object")
    return page


def _following(link: str, following: object) -> str:
    if not following:
        return ""
    absolute = urljoin(link, str(following))
    if origin(absolute) != origin(link):
        # The token would go there.
        raise Unavailable(message=f"the next page of a list is on another host: {urlsplit(absolute).netloc[:100]}")
    return absolute


def origin(address: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of an address."""
    url = urlsplit(address)
    try:
        return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else None)
    except ValueError:  # a port that is no number
        return url.scheme, None, None
