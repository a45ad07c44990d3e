"""The token endpoint: what it asks for, and what it says otherwise."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from aci_emulator import Request
from aci_emulator.errors import Refusal
from aci_emulator.front.entra import ASSERTION_TYPE, Entra
from aci_emulator.testing import Signer

TENANT, CLIENT, SUBJECT = "tenant", "client", "system:serviceaccount:ns:operator"
SIGNER, STRANGER = Signer(), Signer()
NOW = datetime.fromtimestamp(time.time(), UTC)


def entra(**changes: Any) -> Entra:
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "issuer": SIGNER.issuer,
        "keys": lambda: [STRANGER.key.public_key(), SIGNER.key.public_key()],
        "federated": {(CLIENT, SUBJECT), ("other", "system:serviceaccount:ns:other")},
    }
    return Entra(**{**fields, **changes})


def ask(issuer: Entra, tenant: str = TENANT, **changes: Any) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": SIGNER.token(SUBJECT),
        "scope": "https://management.azure.com/.default",
        **changes,
    }
    body = urlencode({name: value for name, value in form.items() if value is not None}).encode()
    return issuer.token(Request("POST", f"https://login/{tenant}/oauth2/v2.0/token", body=body), NOW)


def test_a_token_is_good_for_an_hour() -> None:
    issuer = entra()
    answer = ask(issuer)
    assert answer.status == 200
    assert (answer.document["token_type"], answer.document["expires_in"]) == ("Bearer", 3600)
    bearer = {"authorization": f"Bearer {answer.document['access_token']}"}
    request = Request("GET", "https://arm/", bearer)
    assert issuer.principal(request, NOW + timedelta(seconds=3590)) == CLIENT
    # Another process with the same folder: tokens outlive a restart.
    assert entra().principal(request, NOW) == CLIENT
    with pytest.raises(Refusal) as expired:
        issuer.principal(request, NOW + timedelta(seconds=3601))
    assert expired.value.code == "ExpiredAuthenticationToken"


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"tenant": "elsewhere"}, 400, "invalid_request", 90002),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"client_assertion": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"client_assertion_type": "saml"}, 400, "invalid_request", 70043),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"client_assertion": "no.jwt.here"}, 400, "invalid_request", 50027),
        ({"client_assertion": Signer().token(SUBJECT)}, 401, "invalid_client", 700027),
        ({"client_assertion": Signer("https://else", SIGNER.key).token(SUBJECT)}, 401, "invalid_client", 700211),
        ({"client_assertion": SIGNER.token(SUBJECT, audience="api")}, 401, "invalid_client", 700212),
        ({"client_assertion": SIGNER.token("system:serviceaccount:ns:other")}, 401, "invalid_client", 700213),
        ({"client_assertion": SIGNER.token(SUBJECT, seconds=-1)}, 401, "invalid_client", 700024),
        ({"client_assertion": SIGNER.token(SUBJECT, at=time.time() + 1000)}, 401, "invalid_client", 700024),
    ],
)
def test_refused(changes: dict[str, Any], status: int, error: str, number: int) -> None:
    answer = ask(entra(), **changes)
    document = answer.document
    assert (answer.status, document["error"], document["error_codes"]) == (status, error, [number])
    assert document["error_description"].startswith(f"AADSTS{number}: ")


def test_without_keys_nobody_gets_in() -> None:
    assert ask(entra(keys=lambda: ())).document["error_codes"] == [700027]
    assert ask(entra(issuer=None)).document["error_codes"] == [700211]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "AuthenticationFailed"),
        ({"Authorization": "Basic dTpw"}, "AuthenticationFailed"),
        ({"Authorization": "Bearer nonsense"}, "InvalidAuthenticationToken"),
        ({"Authorization": f"Bearer {entra(secret='x' * 64).issue(CLIENT, NOW)}"}, "InvalidAuthenticationToken"),
    ],
)
def test_no_valid_bearer(headers: dict[str, str], expected: str) -> None:
    with pytest.raises(Refusal) as refused:
        entra().principal(Request("GET", "https://arm/", headers), NOW)
    assert (refused.value.status, refused.value.code) == (401, expected)
    challenge = refused.value.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer authorization_uri="https://login.windows.net/tenant", error="invalid_token"')
