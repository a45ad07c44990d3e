"""Entra ID: the v2 token endpoint for federated credentials, and the check of the tokens it gave."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from aci_emulator.errors import Refusal, refuse
from aci_emulator.front.aadsts import TokenRefusal
from aci_emulator.limits.roles import object_id
from aci_emulator.wire import Json, Request, Response

AUDIENCE = "api://AzureADTokenExchange"
ARM_AUDIENCE = "https://management.azure.com"
SCOPES = {f"{ARM_AUDIENCE}/.default", f"{ARM_AUDIENCE}//.default", "https://management.core.windows.net//.default"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 3600
_TOKEN_PATH = re.compile(r"/([^/]+)/oauth2/v2\.0/token/?")
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512"]


@dataclass
class Entra:
    """One tenant with its federated credentials.

    Attributes:
        tenant: its id.
        issuer: of the assertions, as the cluster's API server signs them; None refuses every assertion.
        keys: gives the public keys of that issuer, asked for on every token request, so that they may come later.
        federated: pairs of client id and subject.
        audience: that assertions must have.
        secret: signs the tokens; the same one after a restart, so that tokens outlive the emulator as they do Azure's.
    """

    tenant: str
    issuer: str | None = None
    keys: Callable[[], Sequence[PublicKeyTypes]] = field(default=lambda: ())
    federated: set[tuple[str, str]] = field(default_factory=set)
    audience: str = AUDIENCE
    secret: str = field(default_factory=lambda: hashlib.sha256(b"aci-emulator").hexdigest())

    def token(self, request: Request, now: datetime) -> Response:
        """POST /{tenant}/oauth2/v2.0/token with the client-credentials grant and a client assertion."""
        try:
            return self._grant(request, now)
        except TokenRefusal as refusal:
            return refusal.response(now)

    def _grant(self, request: Request, now: datetime) -> Response:
        match = _TOKEN_PATH.fullmatch(request.path)
        tenant = match[1] if match else ""
        if request.method != "POST":
            raise TokenRefusal(900144, parameter="grant_type")
        if tenant.lower() != self.tenant.lower():
            raise TokenRefusal(90002, tenant=tenant)
        form = _form(request)
        for name in ("grant_type", "client_id", "scope", "client_assertion_type", "client_assertion"):
            if not form.get(name):
                raise TokenRefusal(900144, parameter=name)
        if form["grant_type"] != "client_credentials":
            raise TokenRefusal(70003, grant=form["grant_type"])
        if form["client_assertion_type"] != ASSERTION_TYPE:
            raise TokenRefusal(70043, type=form["client_assertion_type"])
        if form["scope"] not in SCOPES:
            raise TokenRefusal(70011, scope=form["scope"])
        client = form["client_id"].lower()
        if client not in {known.lower() for known, _ in self.federated}:
            raise TokenRefusal(700016, client=form["client_id"], tenant=self.tenant)
        self._check_assertion(client, form["client_assertion"], now)
        return Response.of(
            200,
            {
                "token_type": "Bearer",
                "expires_in": LIFETIME,
                "ext_expires_in": LIFETIME,
                "access_token": self.issue(client, now),
            },
            {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _check_assertion(self, client: str, assertion: str, now: datetime) -> None:
        claims = self._verified(assertion)
        if claims.get("iss") != self.issuer or self.issuer is None:
            raise TokenRefusal(700211, issuer=claims.get("iss"))
        audiences = claims.get("aud")
        if self.audience not in (audiences if isinstance(audiences, list) else [audiences]):
            raise TokenRefusal(700212, audience=audiences)
        start, end = claims.get("nbf", 0), claims.get("exp", 0)
        if not all(isinstance(at, int | float) for at in (start, end)):
            raise TokenRefusal(50027)
        # Five minutes of clock skew are forgiven before the start, none after the end.
        if not start - 300 <= now.timestamp() < end:
            raise TokenRefusal(700024, now=now.isoformat(), start=start, end=end)
        subject = claims.get("sub")
        if (client, subject) not in {(known.lower(), wanted) for known, wanted in self.federated}:
            raise TokenRefusal(700213, subject=subject)

    def _verified(self, assertion: str) -> Json:
        options: Any = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        for key in self.keys():
            try:
                claims: Json = jwt.decode(assertion, key, algorithms=_ALGORITHMS, options=options)  # type: ignore[arg-type]  # wider union
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError, jwt.InvalidAlgorithmError, TypeError):
                continue
            except jwt.PyJWTError as error:
                raise TokenRefusal(50027) from error
            return claims
        raise TokenRefusal(700027)

    def issue(self, client: str, now: datetime) -> str:
        """A bearer token for a client."""
        claims = {
            "aud": ARM_AUDIENCE,
            "iss": f"https://sts.windows.net/{self.tenant}/",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(now.timestamp()) + LIFETIME,
            "appid": client,
            "oid": object_id(client),
            "tid": self.tenant,
        }
        return jwt.encode(claims, self.secret, algorithm="HS256")

    def principal(self, request: Request, now: datetime) -> str:
        """The client id behind the request's bearer token.

        Raises:
            Refusal: 401 AuthenticationFailed, InvalidAuthenticationToken or ExpiredAuthenticationToken.
        """
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("AuthenticationFailed", self.tenant, "missing 'Authorization' header")
        try:
            claims = jwt.decode(
                token.strip(),
                self.secret,
                algorithms=["HS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            client, end = str(claims["appid"]), float(claims["exp"])
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise invalid(self.tenant) from error
        if now.timestamp() >= end:
            raise expired(self.tenant, now + timedelta(seconds=end - now.timestamp()), now)
        return client

    def caller(self, request: Request, now: datetime) -> str | None:
        """The client id behind a request's valid token, or in a request for a token; None when there is neither."""
        if is_token_path(request.path):
            return _form(request).get("client_id")
        try:
            return self.principal(request, now)
        except Refusal:
            return None


def unauthorized(code: str, tenant: str, reason: str, **facts: str) -> Refusal:
    """A 401 with the challenge that ARM sends along."""
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token", '
        f'error_description="The authentication failed because of {reason}."'
    )
    return refuse(code, headers={"WWW-Authenticate": challenge}, **facts)


def invalid(tenant: str) -> Refusal:
    """401 for a token that is none."""
    return unauthorized("InvalidAuthenticationToken", tenant, "invalid token")


def expired(tenant: str, expiry: datetime, now: datetime) -> Refusal:
    """401 for a token that is over."""
    facts = {"expiry": _american(expiry), "now": _american(now)}
    return unauthorized("ExpiredAuthenticationToken", tenant, "expired token", **facts)


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))


def is_token_path(path: str) -> bool:
    """Whether a path is a token endpoint's."""
    return _TOKEN_PATH.fullmatch(path) is not None


def _american(at: datetime) -> str:
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"
