"""Entra ID without sockets: gives tokens that may be refused, or out of reach, and knows which of them Azure takes."""

from collections.abc import Callable
from typing import Any

from aci_emulator.wire import Request
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError

from tests.model.azure import Credential
from tests.model.canary import SECRETIVE
from tests.model.process import Process

TOKEN = "canary-token-5e1f"
"""What every token begins with: a secret that must show nowhere."""

RUN_OUT = 0
"""When tokens run out: at once, so that each request asks for one."""


class Entra:
    """The token endpoint, and the one credential that it knows.

    Attributes:
        on_ask: Called with the name of each process that asks for a token; raises what it gets instead of one.
        short_lived: Whether tokens run out at once, else never.
        withdrawn: Whether there is no credential, so that nobody gets a token.
    """

    def __init__(self) -> None:
        self.on_ask: list[Callable[[str], None]] = []
        self.short_lived = False
        self.withdrawn = False
        self._credentials = 1
        self._refused: set[str] = set()

    @property
    def token(self) -> str:
        """What the present credential gets."""
        return f"{TOKEN}-{self._credentials}"

    def credential(self, process: Process) -> Credential:
        """Return what a process proves with who it is: whichever credential there is when it asks for a token."""
        return _Credential(self, process)

    def withdraw(self) -> None:
        """Take the credential away: its tokens are refused from now on, and it gets no others."""
        self.withdrawn = True
        self._refused.add(f"Bearer {self.token}")

    def replace(self) -> None:
        """Set up another credential."""
        self.withdrawn = False
        self._credentials += 1

    def admits(self, request: Request) -> bool:
        """Tell whether Azure takes the token of a request; people have none here."""
        return not self._refused or request.header("Authorization") not in self._refused


class _Credential(Credential):
    def __init__(self, entra: Entra, process: Process) -> None:
        self._entra = entra
        self._process = process

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        lasts = (await self.get_token_info(*scopes, **options)).expires_on
        return AccessToken(self._entra.token, lasts)

    async def get_token_info(self, *scopes: str, **options: Any) -> AccessTokenInfo:
        for look in self._entra.on_ask:
            look(self._process.name)
        lasting = await super().get_token_info(*scopes, **options)
        if self._entra.withdrawn:
            raise ClientAuthenticationError(SECRETIVE)
        return AccessTokenInfo(self._entra.token, RUN_OUT if self._entra.short_lived else lasting.expires_on)
