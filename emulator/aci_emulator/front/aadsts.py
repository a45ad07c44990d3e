"""What the token endpoint says when it gives no token: AADSTS codes in one table."""

import uuid
from datetime import datetime
from typing import Any

from aci_emulator.wire import Response

ERRORS: dict[int, tuple[int, str, str]] = {
    90002: (400, "invalid_request", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{parameter}'."),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    70011: (400, "invalid_scope", "The provided value for the input parameter 'scope' is not valid: '{scope}'."),
    70043: (400, "invalid_request", "The client assertion type '{type}' is not supported."),
    700016: (
        400,
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    ),
    50027: (400, "invalid_request", "JWT token is invalid or malformed."),
    700027: (401, "invalid_client", "The certificate or key used to sign the client assertion is not registered."),
    700024: (
        401,
        "invalid_client",
        "Client assertion is not within its valid time range. Now: {now}, valid from {start} to {end}.",
    ),
    700211: (
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion issuer '{issuer}'.",
    ),
    700212: (
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion audience '{audience}'.",
    ),
    700213: (
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion subject '{subject}'.",
    ),
    90033: (503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
}
"""AADSTS code: HTTP status, OAuth error, text. 700024, 700211 to 700213, 700016 and 90033 are seen in public; the
status of each, and the others, are assumptions."""


class TokenRefusal(Exception):
    """The token endpoint says no, with an AADSTS code."""

    def __init__(self, code: int, **facts: Any) -> None:
        self.code = code
        self.status, self.error, text = ERRORS[code]
        self.text = text.format(**facts)
        super().__init__(f"AADSTS{code}: {self.text}")

    def response(self, now: datetime) -> Response:
        """The body that Entra sends (and msal reads)."""
        trace = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.code}:{now.isoformat()}"))
        stamp = f"{now:%Y-%m-%d %H:%M:%S}Z"
        return Response.of(
            self.status,
            {
                "error": self.error,
                "error_description": f"{self} Trace ID: {trace} Correlation ID: {trace} Timestamp: {stamp}",
                "error_codes": [self.code],
                "timestamp": stamp,
                "trace_id": trace,
                "correlation_id": trace,
            },
        )
