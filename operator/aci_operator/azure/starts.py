"""Why a start failed: a failed operation has the text, which the group itself often does not show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure.core.rest import HttpRequest

from aci_operator.azure.clients import Clients
from aci_operator.azure.exchange import Exchange
from aci_operator.azure.pages import origin
from aci_operator.azure.redact import redacted
from aci_operator.core.cloud import GroupRef
from aci_operator.core.errors import AzureError, Throttled, Unavailable

_HEADER: Final = "Azure-AsyncOperation"


@dataclass
class _Start:
    address: str
    text: str = ""


class Starts:
    """The operations that this process has begun, until their groups are well or gone. Losing one loses a text."""

    def __init__(self, clients: Clients, endpoint: str) -> None:
        self._clients = clients
        self._endpoint = endpoint
        self._begun: dict[GroupRef, _Start] = {}

    def began(self, ref: GroupRef, headers: Mapping[str, Any]) -> None:
        """Remember the operation of a PUT. An address on another host is none: the token would go there."""
        address = str(headers.get(_HEADER, ""))
        if address and origin(address) == origin(self._endpoint):
            self._begun[ref] = _Start(address)

    def over(self, ref: GroupRef) -> None:
        """Forget an operation."""
        self._begun.pop(ref, None)

    def begun(self, ref: GroupRef) -> bool:
        """Tell whether the operation of a group is known."""
        return ref in self._begun

    async def why(self, ref: GroupRef, exchange: Exchange) -> str:
        """Return the text of a group's failed operation, "" when it cannot be had now.

        Raises:
            Throttled: Azure wants no reads for a while.
        """
        start = self._begun[ref]
        if not start.text:
            try:
                start.text = await self._read(start.address, exchange)
            except Throttled:
                raise
            except AzureError:  # to know why is worth a try, and no more: what to do does not hang on it
                return ""
        return start.text

    async def _read(self, address: str, exchange: Exchange) -> str:
        request = HttpRequest("GET", address)
        response = await exchange.run(lambda **options: self._clients.reader().send_request(request, **options))
        match exchange.content(response):
            case {"error": {"message": str(message)}}:
                return redacted(message)
            case _:
                raise Unavailable(message="the operation says nothing of an error")
