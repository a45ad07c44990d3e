"""A credential that somebody rotates or takes away: its tokens end before they have run out."""

from typing import Any

from aci_emulator.wire import Request
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError

from tests.model.azure import Credential
from tests.model.entra import TOKEN, Entra
from tests.model.process import Process
from tests.simulation.properties.honesty import SECRETIVE


class Tokens(Entra):
    """The token endpoint, and which of its tokens Azure takes.

    Attributes:
        withdrawn: Whether there is no credential, so that nobody gets a token.
    """

    def __init__(self) -> None:
        super().__init__()
        self.withdrawn = False
        self._credentials = 1
        self._refused: set[str] = set()

    @property
    def token(self) -> str:
        """What the present credential gets."""
        return f"{TOKEN}-{self._credentials}"

    def credential(self, process: Process) -> Credential:
        """Return what a process proves with who it is."""
        return _Present(self, super().credential(process))

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


class _Present(Credential):
    """Whichever credential there is when a token is asked for."""

    def __init__(self, tokens: Tokens, source: Credential) -> None:
        self._tokens = tokens
        self._source = source

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        lasts = (await self.get_token_info(*scopes, **options)).expires_on
        return AccessToken(self._tokens.token, lasts)

    async def get_token_info(self, *scopes: str, **options: Any) -> AccessTokenInfo:
        given = await self._source.get_token_info(*scopes, **options)
        if self._tokens.withdrawn:
            raise ClientAuthenticationError(SECRETIVE)
        return AccessTokenInfo(self._tokens.token, given.expires_on)
