"""How the operator proves to Azure who it is: the environment decides, as in every program that uses azure-identity.

| variables | credential |
|---|---|
| AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE | workload identity: a ServiceAccount's token |
| AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH | service principal |
| AZURE_CLIENT_ID, or none | managed identity of the machine, user-assigned or its own |
| none, on a developer's machine | the account that `az login` left |

They are tried in the order service principal, workload identity, managed identity, Azure CLI; the first that is set up
counts, also when it is refused. AZURE_TOKEN_CREDENTIALS narrows this: `prod`, `dev`, or one name such as
`workloadidentitycredential`, which is what a deployment should set. AZURE_AUTHORITY_HOST names another Entra ID than
login.microsoftonline.com; it must be https and is asked for tokens directly, without instance discovery. SSL_CERT_FILE
names the file of trusted CAs, for tokens and for Azure Resource Manager; it must be set when the process starts.
"""

import logging
import os
from collections.abc import Sequence
from typing import Any, Self, cast

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.credentials_async import AsyncSupportsTokenInfo
from azure.identity import CredentialUnavailableError
from azure.identity.aio import DefaultAzureCredential

_LOG = logging.getLogger(__name__)


class Chain:
    """The credentials of a DefaultAzureCredential, with their failures left as they are.

    The SDK's own chain turns every failure before its first success into ClientAuthenticationError: a token endpoint
    that is down would look like a credential that is refused, and call a person for what heals by itself.
    """

    def __init__(self, credential: DefaultAzureCredential) -> None:
        self._credential = credential
        self._chosen: AsyncSupportsTokenInfo | None = None

    @property
    def members(self) -> Sequence[object]:
        """The credentials, in the order in which they are tried."""
        return self._credential.credentials

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return a token of the first credential that is set up."""
        if self._chosen is not None:
            return await self._chosen.get_token_info(*scopes, options=options)
        reasons: list[str] = []
        for member in self.members:
            credential = cast("AsyncSupportsTokenInfo", member)
            try:
                token = await credential.get_token_info(*scopes, options=options)
            except CredentialUnavailableError as unavailable:
                reasons.append(f"{type(member).__name__}: {unavailable.message}")
                continue
            _LOG.info("Azure tokens come from %s", type(member).__name__)
            self._chosen = credential
            return token
        raise CredentialUnavailableError(message="no credential is set up. " + "; ".join(reasons))

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AccessToken:
        """Return a token in the older form."""
        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = await self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    async def close(self) -> None:
        """Close the connections to the token endpoints."""
        await self._credential.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def credential() -> Chain:
    """Return the credential that the environment describes.

    Raises:
        ValueError: AZURE_TOKEN_CREDENTIALS or AZURE_AUTHORITY_HOST cannot be used.
    """
    if os.environ.get("AZURE_TOKEN_CREDENTIALS", "").strip():
        # An explicit choice stands; exclusions of ours would take precedence over it.
        return Chain(DefaultAzureCredential())
    return Chain(
        DefaultAzureCredential(
            # What an editor or a shell has left on a machine is no way to run an operator. `az login` is kept, since it
            # is how people run one out of a cluster for a first look.
            exclude_shared_token_cache_credential=True,
            exclude_visual_studio_code_credential=True,
            exclude_powershell_credential=True,
            exclude_developer_cli_credential=True,
        )
    )
