"""What the API server's refusals mean. Of its texts only what cannot hold a user's data gets through."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from aci_operator.core.errors import (
    MESSAGE_LIMIT,
    AlreadyExists,
    ApiForbidden,
    ApiInvalid,
    ApiUnavailable,
    ClusterError,
    Conflict,
    ObjectGone,
)
from aci_operator.kube.api import KindMissing, Resource

Verb = Literal["get", "list", "create", "update", "patch", "delete"]


class Expired(ApiUnavailable):
    """410: the continuation of a list is too old."""


_RULE: Final = re.compile(r'(?:Invalid value: "(?:object|array)"|Required value|Forbidden): (.+)')

_INVALID: Final = frozenset({400, 413, 415, 422})
_OTHERS: Final[dict[int, tuple[type[ClusterError], str]]] = {
    401: (ApiUnavailable, "the API server does not accept the credentials"),
    409: (Conflict, "it has changed, or is not what was expected"),
    410: (Expired, "expired"),
}


@dataclass(frozen=True)
class Request:
    """What was asked for, in the words of RBAC."""

    verb: Verb
    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: Literal["", "status"] = ""

    @property
    def what(self) -> str:
        """The resource as an RBAC rule names it."""
        plural = f"{self.resource.plural}.{self.resource.group}" if self.resource.group else self.resource.plural
        return f"{plural}/{self.subresource}" if self.subresource else plural

    def __str__(self) -> str:
        place = f" {self.namespace}/{self.name}" if self.namespace else f" {self.name}" if self.name else ""
        return f"{self.verb} {self.what}{place}"


def refusal(request: Request, status: int, body: bytes) -> ClusterError:
    """Return the error for an answer that is no success."""
    text = _parsed(body)
    if status == 404:
        return _not_found(request, text)
    if status == 403:
        return _forbidden(request, text)
    if status == 409 and text.get("reason") == "AlreadyExists":
        return AlreadyExists(f"{request}: it exists already")
    if status in _INVALID:
        return ApiInvalid(f"{request}: {_fields(text) or text.get('reason') or status}"[:MESSAGE_LIMIT])
    unusable: tuple[type[ClusterError], str] = (ApiUnavailable, text.get("reason") or "no usable answer")
    kind, words = _OTHERS.get(status, unusable)
    return kind(f"{request}: {words} ({status})")


def _not_found(request: Request, text: dict[str, Any]) -> ClusterError:
    details = text.get("details") or {}
    if details.get("kind") == "namespaces" and request.resource.plural != "namespaces":
        return ObjectGone(f"{request}: the namespace does not exist")
    if request.name and details.get("kind") == request.resource.plural and details.get("name") == request.name:
        return ObjectGone(f"{request}: it does not exist")
    return KindMissing(f"{request}: the API server does not know {request.what}")


def _forbidden(request: Request, text: dict[str, Any]) -> ClusterError:
    causes = (text.get("details") or {}).get("causes") or []
    if any(cause.get("reason") == "NamespaceTerminating" for cause in causes):
        return ApiForbidden(f"{request}: the namespace is being deleted")
    place = f" in namespace {request.namespace}" if request.namespace else ""
    _, exceeded, figures = str(text.get("message") or "").partition("exceeded quota: ")  # of a ResourceQuota
    return ApiForbidden(
        f"the API server does not allow: {request.verb} {request.what}{place}"
        + (f"; {exceeded}{figures}"[:MESSAGE_LIMIT] if exceeded else "")
    )


def _fields(text: dict[str, Any]) -> str:
    causes = (text.get("details") or {}).get("causes") or []
    # "<nil>" only says that what is wrong kept the server from looking at all else.
    named = [cause for cause in causes if cause.get("field") not in (None, "<nil>")] or causes
    return "; ".join(f"{cause.get('field', '?')}: {_rule(cause)}" for cause in named)


def _rule(cause: Mapping[str, Any]) -> str:
    """Return what a rule of a CRD says, where the text before does not repeat the value; else only the kind."""
    words = _RULE.fullmatch(str(cause.get("message") or ""))
    return words[1] if words else str(cause.get("reason", "invalid"))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        text = json.loads(body)
    except ValueError:
        return {}
    return text if isinstance(text, dict) and text.get("kind") == "Status" else {}
