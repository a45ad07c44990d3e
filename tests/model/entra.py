"""Entra ID without sockets: gives tokens that may be refused, or out of reach."""

from collections.abc import Callable
from typing import Any

from azure.core.credentials import AccessToken, AccessTokenInfo

from tests.model.azure import Credential
from tests.model.process import Process

TOKEN = "canary-token-5e1f"
"""What every token is: a secret that must show nowhere."""

RUN_OUT = 0
"""When tokens run out: at once, so that each request asks for one."""


class Entra:
    """The token endpoint.

    Attributes:
        on_ask: Called with the name of each process that asks for a token; raises what it gets instead of one.
        short_lived: Whether tokens run out at once, else never.
    """

    def __init__(self) -> None:
        self.on_ask: list[Callable[[str], None]] = []
        self.short_lived = False

    def credential(self, process: Process) -> Credential:
        """Return what a process proves with who it is."""
        return _Credential(self, process)


class _Credential(Credential):
    def __init__(self, entra: Entra, process: Process) -> None:
        self._entra = entra
        self._process = process

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        lasts = (await self.get_token_info(*scopes, **options)).expires_on
        return AccessToken(TOKEN, lasts)

    async def get_token_info(self, *scopes: str, **options: Any) -> AccessTokenInfo:
        for look in self._entra.on_ask:
            look(self._process.name)
        lasting = await super().get_token_info(*scopes, **options)
        return AccessTokenInfo(TOKEN, RUN_OUT if self._entra.short_lived else lasting.expires_on)
