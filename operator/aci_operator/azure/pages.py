"""The pages of a LIST: all of them, or an error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from azure.core.rest import HttpRequest

from aci_operator.azure.clients import Clients
from aci_operator.azure.exchange import Exchange
from aci_operator.core.errors import Unavailable

T = TypeVar("T")

LIMIT: Final = 1000
"""Pages of one LIST; beyond that the links lead nowhere."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page as it was read; `digest` tells it from another one."""

    digest: bytes
    entries: Sequence[T]
    following: object


class Lists(Generic[T]):
    """Reads lists, page by page. A page that says the same as the last time is not parsed again: at rest, none is.

    Args:
        clients: Send the requests.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._known: dict[str, Mapping[str, Page[T]]] = {}

    async def read(self, first: str, entry: Callable[[Any], T], exchanges: Callable[[], Exchange]) -> Sequence[T]:
        """Read all pages of a list.

        Args:
            first: Address of the first page.
            entry: Makes an entry out of its JSON, always alike for an address; raises ValueError when it cannot.
            exchanges: Makes the exchange for each page.

        Raises:
            AzureError: A page could not be had or makes no sense; what came before it is no list.
        """
        known, pages = self._known.get(first, {}), dict[str, Page[T]]()
        link = first
        while link:
            if link in pages or len(pages) == LIMIT:
                raise Unavailable(message="the pages of a list do not end")
            pages[link] = await self._page(link, entry, exchanges(), known.get(link))
            link = _following(link, pages[link].following)
        self._known[first] = pages
        return [each for page in pages.values() for each in page.entries]

    async def _page(self, link: str, entry: Callable[[Any], T], exchange: Exchange, known: Page[T] | None) -> Page[T]:
        request = HttpRequest("GET", link)
        response = await exchange.run(lambda **options: self._clients.reader().send_request(request, **options))
        digest = exchange.digest(response)
        if known is not None and known.digest == digest:
            return known
        page = exchange.content(response)
        if not isinstance(page, dict):
            raise exchange.unusable("a page of a list is no object")
        entries = page.get("value")
        if not isinstance(entries, list):
            raise Unavailable(message="a page of a list has no value")
        try:
            return Page(digest, [entry(each) for each in entries], page.get("nextLink"))
        except ValueError as error:
            raise Unavailable(message=str(error)) from None


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
