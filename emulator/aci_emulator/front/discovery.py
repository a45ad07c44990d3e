"""What clients ask without a token before anything else: where Azure's parts are, and where tokens come from."""

import re
from datetime import datetime

from aci_emulator.front.aadsts import TokenRefusal
from aci_emulator.wire import Json, Request, Response

CLOUD = re.compile(r"/metadata/endpoints/?", re.IGNORECASE)
OPENID = re.compile(r"/([^/]+)(?:/v2\.0)?/\.well-known/openid-configuration/?")
LISTS = ("2019-05-01", "2020-06-01")
"""From the first to the last of these versions the metadata is a list of clouds; later ones tell of one cloud (seen in
the clients of Azure CLI and Terraform, which read the one and the other)."""

ELSEWHERE = {
    "portal": "https://portal.azure.com",
    "gallery": "https://gallery.azure.com/",
    "media": "https://rest.media.azure.net",
    "graph": "https://graph.windows.net/",
    "graphAudience": "https://graph.windows.net/",
    "batch": "https://batch.core.windows.net/",
    "sqlManagement": "https://management.core.windows.net:8443/",
    "activeDirectoryDataLake": "https://datalake.azure.net/",
    "microsoftGraphResourceId": "https://graph.microsoft.com/",
}
"""Parts of Azure that are not emulated, by the names that they have."""

SUFFIXES = {
    "storage": "core.windows.net",
    "keyVaultDns": "vault.azure.net",
    "acrLoginServer": "azurecr.io",
    "sqlServerHostname": "database.windows.net",
}


def asks(request: Request) -> bool:
    """Whether a request is such a question."""
    return request.method == "GET" and bool(CLOUD.fullmatch(request.path) or OPENID.fullmatch(request.path))


def answer(request: Request, tenant: str, now: datetime) -> Response:
    """The answer to a question that `asks` knows."""
    if CLOUD.fullmatch(request.path):
        cloud = _cloud(request.base)
        first, last = LISTS
        listed = first <= request.query.get("api-version", "") <= last
        return Response.of(200, [cloud] if listed else cloud)
    match = OPENID.fullmatch(request.path)
    asked = match[1] if match is not None else ""
    if asked.lower() != tenant.lower():
        return TokenRefusal(90002, tenant=asked).response(now)
    return Response.of(200, _openid(f"{request.base}/{tenant}", tenant))


def _cloud(base: str) -> Json:
    return {
        "name": "AciEmulator",
        "resourceManager": f"{base}/",
        "authentication": {
            "loginEndpoint": f"{base}/",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": SUFFIXES,
        **ELSEWHERE,
    }


def _openid(authority: str, tenant: str) -> Json:
    return {
        "issuer": f"https://login.microsoftonline.com/{tenant}/v2.0",
        "token_endpoint": f"{authority}/oauth2/v2.0/token",
        "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{authority}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
