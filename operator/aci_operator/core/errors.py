"""What can go wrong outside, in the words that decisions need.

Adapters translate into these; no other exception crosses a port.
"""

from dataclasses import dataclass, field
from typing import Final

MESSAGE_LIMIT = 256
"""Characters of a foreign error text that may reach status, Events and logs."""


@dataclass(frozen=True)
class Remaining:
    """What Azure said is left of a create or delete budget; None where it said nothing."""

    five_minutes: int | None = None
    hour: int | None = None


@dataclass
class AzureError(Exception):
    """A refusal or failure of Azure.

    Attributes:
        code: Azure's error code, "" when it gave none.
        message: Azure's text, without secrets, at most MESSAGE_LIMIT characters.
        remaining: What the answer said of the budgets; a refused create counts too.
    """

    code: str = ""
    message: str = ""
    remaining: Remaining = field(default_factory=Remaining)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else self.message


class NotFound(AzureError):
    """The container group does not exist: 404 ResourceNotFound, and only that. Proves nothing by itself."""


class ResourceGroupNotFound(AzureError):
    """The resource group does not exist."""


class SubscriptionNotFound(AzureError):
    """The subscription does not exist, or the credential's tenant cannot see it."""


DENIALS: Final = (ResourceGroupNotFound, SubscriptionNotFound)
"""What denies that there is a place where a group could be."""


@dataclass
class Throttled(AzureError):
    """429. Nothing may be sent on the same budget for `retry_after` seconds; None when Azure gave no time."""

    retry_after: float | None = None


class Capacity(AzureError):
    """The place has no capacity for this size at the moment."""


class Quota(AzureError):
    """The subscription's quota in the region is used up."""


class Transitioning(AzureError):
    """409: another operation on this very group is running. The group exists."""


class RegistryUnavailable(AzureError):
    """The image registry gave an error; the same request may succeed later."""


class ImageInaccessible(AzureError):
    """The image does not exist or may not be pulled."""


class Forbidden(AzureError):
    """403. The message names the missing action."""


class Unauthenticated(AzureError):
    """401, or no token could be had."""


class NotRegistered(AzureError):
    """The subscription is not registered for Microsoft.ContainerInstance."""


class Invalid(AzureError):
    """Azure will refuse this request however often it is sent."""


class Unavailable(AzureError):
    """The request had no effect for certain: it never left, or it only read."""


class AnswerLost(AzureError):
    """A write without a usable answer (cut, timeout, 5xx): the effect may have happened."""


class ClusterError(Exception):
    """A refusal or failure of the Kubernetes API server."""


class Conflict(ClusterError):
    """409: the object has changed since it was read, or a precondition does not hold."""


class AlreadyExists(ClusterError):
    """409 on a create: the name is taken."""


class ObjectGone(ClusterError):
    """404: the object, or its whole kind, does not exist."""


class ApiForbidden(ClusterError):
    """403. The message names verb and resource."""


class ApiInvalid(ClusterError):
    """422 or 400: the API server refused the object's content."""


class ApiUnavailable(ClusterError):
    """No usable answer from the API server: 5xx, 429, a cut connection or a timeout. The effect may have happened."""
