"""What an answer of Azure means: one table from HTTP status and error code to the classes of `core.errors`.

A 4xx with a code in the table is a refusal without effect. A 5xx, a 408, an unknown 409 and an answer that is not ARM's
prove nothing: a 503 ServerTimeout was seen with the group created all the same. `Operation.unknown` says so.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from aci_operator.azure.headers import remaining, retry_after
from aci_operator.azure.operations import Operation
from aci_operator.azure.redact import redacted
from aci_operator.azure.text import parsed
from aci_operator.core.errors import (
    AzureError,
    Capacity,
    Forbidden,
    ImageInaccessible,
    Invalid,
    NotFound,
    NotRegistered,
    Quota,
    RegistryUnavailable,
    ResourceGroupNotFound,
    SubscriptionNotFound,
    Throttled,
    Transitioning,
    Unauthenticated,
    Unavailable,
)

BY_CODE: Final[Mapping[str, type[AzureError]]] = {
    "ContainerGroupQuotaReached": Quota,
    "ContainerGroupTransitioning": Transitioning,
    "InaccessibleImage": ImageInaccessible,
    "InvalidResourceGroupLocation": Invalid,
    "InvalidResourceLocation": Invalid,
    "InvalidSubscriptionId": SubscriptionNotFound,
    "MissingSubscriptionRegistration": NotRegistered,
    "ReadOnlyDisabledSubscription": Forbidden,
    "RegistryErrorResponse": RegistryUnavailable,
    "RequestDisallowedByPolicy": Forbidden,
    # It ends by itself: then the group's own 404 or ResourceGroupNotFound comes.
    "ResourceGroupBeingDeleted": Unavailable,
    "ResourceGroupNotFound": ResourceGroupNotFound,
    "ResourceRequestsThrottled": Throttled,
    # A lock that a person has put on the scope.
    "ScopeLocked": Forbidden,
    # The subnet is being prepared for its first group. Not Transitioning, which says that the group exists.
    "ServiceAssociationLinkNotReady": Unavailable,
    "ServiceUnavailable": Capacity,
    "SubscriptionNotFound": SubscriptionNotFound,
    "SubscriptionRequestsThrottled": Throttled,
    "TooManyRequests": Throttled,
}
"""Codes of 4xx answers, whatever their exact status."""

_CODES: Final = {code.lower(): kind for code, kind in BY_CODE.items()}

_BY_STATUS: Final[Mapping[int, type[AzureError]]] = {401: Unauthenticated, 403: Forbidden, 429: Throttled}

_ABOUT_A_GROUP: Final = frozenset({Operation.GET, Operation.DELETE, Operation.REPLACE_TAGS})

_ACTION: Final = re.compile(r"perform action(?:\(s\))? '([^']+)'")


class Answer(NamedTuple):
    """A refusal as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    text: str


class _Envelope(NamedTuple):
    code: str = ""
    message: str = ""


def refused(operation: Operation, answer: Answer) -> AzureError:
    """Return the error that an answer other than 2xx stands for."""
    envelope = _envelope(answer.text)
    kind = _kind(operation, answer.status, envelope)
    message = envelope.message or _plain(answer)
    if kind is Forbidden:
        action = _ACTION.search(message)
        if action or not envelope.message:
            # The action comes first, since the sentence of Azure is often longer than the limit.
            message = f"{action[1] if action else operation.action} is not allowed: {message}"
    left = remaining(answer.headers)
    code, message = redacted(envelope.code, 64), redacted(message)
    if kind is Throttled:
        return Throttled(code, message, left, retry_after(answer.headers, envelope.message))
    return kind(code, message, left)


def _kind(operation: Operation, status: int, envelope: _Envelope) -> type[AzureError]:
    if not 400 <= status < 500 or status == 408:
        return operation.unknown
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    known = _CODES.get(envelope.code.lower())
    if known is not None:
        # ServiceUnavailable also comes with "container group quota 'ContainerGroups' exceeded".
        return Quota if known is Capacity and "quota" in envelope.message.lower() else known
    if status == 404:
        return _not_found(operation, envelope.code)
    return operation.unknown if status == 409 else Invalid


def _not_found(operation: Operation, code: str) -> type[AzureError]:
    if operation is Operation.FIND_RESOURCE_GROUP:
        # The answer to a HEAD has no body, so its status alone speaks.
        return ResourceGroupNotFound
    if operation is Operation.PUT and code:
        # A PUT's own group may be absent; what is missing is something that the group refers to.
        return Invalid
    if operation in _ABOUT_A_GROUP and code == "ResourceNotFound":
        return NotFound
    return operation.unknown


def _envelope(text: str) -> _Envelope:
    try:
        content = parsed(text)
    except ValueError:
        return _Envelope()
    error = content.get("error", content) if isinstance(content, dict) else None
    if not isinstance(error, dict):
        return _Envelope()
    code, message = error.get("code"), error.get("message")
    return _Envelope(code if isinstance(code, str) else "", message if isinstance(message, str) else "")


def _plain(answer: Answer) -> str:
    text = answer.text.strip()
    readable = 0 < len(text) < 200 and text[0] not in "<{["
    return f"HTTP status {answer.status}" + (f": {text}" if readable else "")
