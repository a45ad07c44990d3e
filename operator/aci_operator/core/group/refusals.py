"""What an error of Azure means for a group: what to tell the user, and when to try again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from aci_operator.api.base import Condition, ConditionType
from aci_operator.api.reasons import Reason
from aci_operator.core.conditions import find
from aci_operator.core.errors import (
    DENIALS,
    AnswerLost,
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
from aci_operator.core.group.memory import Trouble
from aci_operator.core.shortage import where


@dataclass(frozen=True)
class _Manner:
    """How to treat a kind of error.

    Attributes:
        first: The pause after it, in seconds; it doubles while the error goes on.
        longest: The longest pause, in seconds.
        stalled_from: From which one in a row on only a person can mend it; None where time does.
    """

    reason: Reason
    first: float
    longest: float
    stalled_from: int | None = None


_MANNERS: Final[dict[type[AzureError], _Manner]] = {
    Throttled: _Manner(Reason.THROTTLED, 30, 600),
    Capacity: _Manner(Reason.NO_CAPACITY, 30, 300),  # no longer than a shortage lasts
    Quota: _Manner(Reason.QUOTA_EXCEEDED, 60, 600),
    NotFound: _Manner(Reason.TRANSITIONING, 2, 60),  # it went between the read and a change of its tags
    Transitioning: _Manner(Reason.TRANSITIONING, 10, 60),
    RegistryUnavailable: _Manner(Reason.REGISTRY_UNAVAILABLE, 30, 600),
    Unavailable: _Manner(Reason.AZURE_UNAVAILABLE, 2, 60),
    AnswerLost: _Manner(Reason.ANSWER_LOST, 2, 60),
    Unauthenticated: _Manner(Reason.UNAUTHENTICATED, 5, 60, stalled_from=2),  # a credential may just have been renewed
    Forbidden: _Manner(Reason.FORBIDDEN, 5, 60, stalled_from=1),
    NotRegistered: _Manner(Reason.NOT_REGISTERED, 30, 600, stalled_from=1),
    SubscriptionNotFound: _Manner(Reason.SUBSCRIPTION_NOT_FOUND, 30, 600, stalled_from=1),
    ResourceGroupNotFound: _Manner(Reason.RESOURCE_GROUP_NOT_FOUND, 10, 120, stalled_from=1),
    ImageInaccessible: _Manner(Reason.IMAGE_INACCESSIBLE, 60, 3600, stalled_from=1),
    Invalid: _Manner(Reason.INVALID, 60, 3600, stalled_from=1),
}

_CALLS: Final = {manner.reason for manner in _MANNERS.values() if manner.stalled_from is not None}

_UNANSWERED: Final = (60.0, 3600.0)
"""Bounds of the pause between PUTs without a usable answer, after the first, for which the ghost window is enough."""


class Place(Protocol):
    """Where in Azure it happened."""

    @property
    def subscription_id(self) -> str:
        """The subscription."""

    @property
    def resource_group(self) -> str:
        """The resource group."""

    @property
    def location(self) -> str:
        """The region."""

    @property
    def zone(self) -> str | None:
        """The zone, if one is asked for."""


def trouble(
    error: AzureError, before: Trouble | None, spec: Place, now: datetime, told: Iterable[Condition] = ()
) -> Trouble:
    """Return what to remember of an error; the pause doubles while the same kind of error goes on.

    A person who was called for it by a process before, as is `told` by the object's conditions, stays called.
    """
    manner = _MANNERS[type(error)]
    attempts = before.attempts + 1 if before is not None and before.reason is manner.reason else 1
    again = _trouble(error, spec, manner, attempts, now + timedelta(seconds=_pause(error, attempts)))
    times, denials = (before.unmade, before.denials) if before is not None else (0, 0)
    return replace(
        again,
        stalled=again.stalled or called_for(told) == manner.reason,
        unmade=times if isinstance(error, ResourceGroupNotFound) else 0,
        denials=denials + 1 if isinstance(error, DENIALS) else 0,
    )


def unmade(
    error: AzureError, before: Trouble | None, spec: Place, now: datetime, told: Iterable[Condition], *, missing: bool
) -> Trouble:
    """Return what to remember when a resource group could not be made, which is `missing` by another answer as well.

    The pause is that after as many tries in a row, whatever those before were answered; it is no longer than where
    somebody else is to make it, unless Azure asks for that.
    """
    times, denials = (before.unmade, before.denials) if before is not None else (0, 0)
    pause = _pause(error, times + 1)
    if not (isinstance(error, Throttled) and error.retry_after is not None):
        pause = min(pause, _MANNERS[ResourceGroupNotFound].longest)
    return replace(
        trouble(error, before, spec, now, told),
        until=now + timedelta(seconds=pause),
        write=missing,
        resource_group_missing=missing,
        denials=denials,
        unmade=times + 1,
        of_making=True,
    )


def _pause(error: AzureError, times: int) -> float:
    if isinstance(error, Throttled) and error.retry_after is not None:
        return max(error.retry_after, 1.0)
    manner = _MANNERS[type(error)]
    return min(manner.first * 2.0 ** min(times - 1, 16), manner.longest)


def calls(told: Iterable[Condition]) -> bool:
    """Tell whether the object's conditions call a person for what Azure refused."""
    return called_for(told) in _CALLS


def called_for(told: Iterable[Condition]) -> str | None:
    """Return the reason why the object's conditions call a person; None when they call nobody."""
    stalled = find(told, ConditionType.STALLED)
    return stalled.reason if stalled is not None and stalled.status == "True" else None


def unanswered(error: AzureError, before: Trouble | None, spec: Place, now: datetime) -> Trouble:
    """Return what to remember of a PUT without a usable answer; each takes a turn of the budget, so they grow fewer."""
    first, longest = _UNANSWERED
    attempts = before.attempts + 1 if before is not None else 1
    pause = 0.0 if attempts == 1 else min(first * 2 ** min(attempts - 2, 16), longest)
    return _trouble(error, spec, _MANNERS[type(error)], attempts, now + timedelta(seconds=pause))


def contradicted(missing: Trouble, spec: Place, now: datetime) -> Trouble | None:
    """Return what to remember when a resource group that was said to be missing exists, by another part of Azure.

    The group is sent again at once, which somebody else's making of it calls for; after that as after any refusal.
    When it is found at a later try to make it, what kept it from being made is over.
    """
    if missing.reason is not Reason.RESOURCE_GROUP_NOT_FOUND:
        return None
    return replace(
        missing,
        message=f'Azure says that resource group "{spec.resource_group}" exists, and that it does not; trying again',
        until=now if missing.attempts == 1 else missing.until,
        stalled=False,
        resource_group_missing=False,
        unmade=0,
        denials=0,
    )


def _trouble(error: AzureError, spec: Place, manner: _Manner, attempts: int, until: datetime) -> Trouble:
    return Trouble(
        reason=manner.reason,
        message=_message(error, spec),
        until=until,
        attempts=attempts,
        stalled=manner.stalled_from is not None and attempts >= manner.stalled_from,
        resource_group_missing=isinstance(error, ResourceGroupNotFound),
    )


def _message(error: AzureError, spec: Place) -> str:
    match error:
        case ResourceGroupNotFound():
            return (
                f'resource group "{spec.resource_group}" does not exist in subscription {spec.subscription_id}; create '
                "it, or set spec.resourceGroupPolicy to CreateIfMissing"
            )
        case SubscriptionNotFound():
            return f"subscription {spec.subscription_id} is not known to Azure; correct spec.subscriptionId ({error})"
        case Capacity():
            return f"{where(spec.location, spec.zone)}: Azure has no capacity for it now ({error})"
        case Quota():
            return f"{spec.location}: the subscription's quota is used up ({error})"
        case Unauthenticated():
            return f"Azure does not accept the operator's credential ({error})"
        case Forbidden():
            return f"the operator's identity lacks a right in Azure ({error})"
        case NotRegistered():
            return "register the subscription: az provider register --namespace Microsoft.ContainerInstance"
        case ImageInaccessible():
            return f"Azure refuses the container group ({error}); correct spec.template"
        case Invalid():
            return f"Azure refuses the container group ({error}); correct the spec"
        case _:
            return f"Azure cannot do it now and is asked again ({error})"
