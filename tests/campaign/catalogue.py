"""What can go wrong, as data: the calls that an operator makes, and in which ways each of them can fail.

What is not here, and why, is told in docs/decisions/0019-the-campaign.md.
"""

from typing import Final, Literal

Mode = Literal[
    "crash before",
    "crash after",
    "error",
    "error after",
    "conflict",
    "throttled",
    "lost",
    "late",
    "forbidden",
    "unauthorized",
    "slow",
    "stale",
    "absent",
    "empty",
    "partial",
    "omitted",
    "twice",
]
"""How one call fails.

"crash before" and "crash after" kill the process with the request on its way, and with its effect done and the answer
not yet recorded. "error" is a 5xx without effect, "error after" a 5xx after the effect, "lost" an effect whose answer
is cut off, "late" an effect that comes when the caller has given up; "absent" is a 404 for what is there, "empty",
"partial", "omitted" and "twice" are lists that are not true. The API server has no "error after": what the operator
sees of it is the same as of "lost".
"""

_CLUSTER_WRITE: Final[tuple[Mode, ...]] = (
    "crash before",
    "crash after",
    "error",
    "lost",
    "slow",
    "conflict",
    "forbidden",
)
_CREATE: Final[tuple[Mode, ...]] = tuple(mode for mode in _CLUSTER_WRITE if mode != "conflict")
_CLUSTER_READ: Final[tuple[Mode, ...]] = ("crash before", "error", "slow", "forbidden")
_AZURE_WRITE: Final[tuple[Mode, ...]] = (
    "crash before",
    "crash after",
    "error",
    "error after",
    "lost",
    "late",
    "conflict",
    "throttled",
    "forbidden",
    "unauthorized",
)
_AZURE_READ: Final[tuple[Mode, ...]] = ("error", "slow", "throttled", "forbidden", "unauthorized")

POINTS: Final[dict[str, tuple[Mode, ...]]] = {
    # W1 and W16: finalizers; W2, W3 and W4: status
    "patch aciservices": _CLUSTER_WRITE,
    "patch acicontainergroups": _CLUSTER_WRITE,
    "replace_status aciservices": _CLUSTER_WRITE,
    "replace_status acicontainergroups": _CLUSTER_WRITE,
    # the objects that a service's plan makes, changes and ends
    "create acicontainergroups": _CREATE,
    "replace acicontainergroups": _CLUSTER_WRITE,
    "delete acicontainergroups": _CLUSTER_WRITE,
    "create controllerrevisions": _CREATE,
    "delete controllerrevisions": _CLUSTER_WRITE,
    # W5: Events; W17 and W18: the Lease
    "create events": _CREATE,
    "replace events": _CLUSTER_WRITE,
    "create leases": _CREATE,
    "replace leases": _CLUSTER_WRITE,
    # R1, and single reads
    "list aciservices": _CLUSTER_READ,
    "list acicontainergroups": _CLUSTER_READ,
    "list controllerrevisions": _CLUSTER_READ,
    "get aciservices": _CLUSTER_READ,
    "get acicontainergroups": _CLUSTER_READ,
    "get controllerrevisions": _CLUSTER_READ,
    "get leases": _CLUSTER_READ,
    "get namespaces": _CLUSTER_READ,
    # W12, W13 and W15: container groups
    "containerGroups/write": _AZURE_WRITE,
    "containerGroups/delete": _AZURE_WRITE,
    "containerGroups/tags": _AZURE_WRITE,
    "resourceGroups/write": _AZURE_WRITE,
    # R4 to R7
    "containerGroups/read": (*_AZURE_READ, "stale", "absent"),
    "containerGroups/list": (*_AZURE_READ, "stale", "empty", "partial", "omitted", "twice"),
    "containerGroups/listBySubscription": (*_AZURE_READ, "empty", "partial", "omitted"),
    "resourceGroups/head": _AZURE_READ,
    "usages/read": _AZURE_READ,
    "token": ("error", "unauthorized"),
}
"""Every call that an operator makes, by verb and kind or by Azure's operation, and how it can fail."""

DECISIVE: Final = (
    "containerGroups/write",
    "containerGroups/write",
    "containerGroups/delete",
    "create acicontainergroups",
    "replace_status aciservices",
    "delete acicontainergroups",
)
"""Calls at which half of the faults of a life are drawn: what they leave behind cannot be had again by reading."""

TRUSTED: Final = ("containerGroups/read", "containerGroups/list", "containerGroups/listBySubscription")
"""Calls at which a part of them is drawn: what the operator reads there it acts on, be it a lie."""

LIES: Final[frozenset[Mode]] = frozenset({"stale", "absent", "empty", "partial", "omitted", "twice"})
"""How a read fails that tells something else than the truth: drawn twice as often."""

IN_DOUBT: Final[frozenset[Mode]] = frozenset({"lost", "error after", "late", "throttled", "conflict"})
"""How a write fails of which one cannot know, or must not try, what comes next: drawn twice as often."""

CRASHES: Final[frozenset[Mode]] = frozenset({"crash before", "crash after"})


def of_azure(point: str) -> bool:
    """Tell whether a call goes to Azure."""
    return "/" in point
