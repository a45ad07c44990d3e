"""Which request is which: ARM's paths, the action that each needs, and its handler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aci_emulator.arm import actions, containers, operations, providers, reads, resource_groups, writes
from aci_emulator.state.cloud import Call, Cloud
from aci_emulator.wire import Request, Response

Handler = Callable[[Cloud, Call], Response]
Family = Literal["containers", "resources", "operation"]


@dataclass(frozen=True)
class Route:
    """A method and a path.

    Attributes:
        operation: name in the record of requests.
        action: what a role must allow; None when the path needs no right.
        family: which api-versions it takes; "operation" takes any (recorded).
        parts: the path; {name} binds one segment, fixed ones match in any case.
    """

    method: str
    parts: tuple[str, ...]
    operation: str
    action: str | None
    family: Family
    handler: Handler

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The bound segments, or None."""
        if len(segments) != len(self.parts):
            return None
        params: dict[str, str] = {}
        for part, segment in zip(self.parts, segments, strict=True):
            if part.startswith("{"):
                if not segment:
                    return None
                params[part[1:-1]] = segment
            elif part.lower() != segment.lower():
                return None
        return params


@dataclass(frozen=True)
class Match:
    """A route and what its path bound."""

    route: Route
    params: dict[str, str]


_SUB = "/subscriptions/{subscription}"
_RG = _SUB + "/resourceGroups/{resourceGroup}"
_ACI = "/providers/Microsoft.ContainerInstance"
_GROUPS = _RG + _ACI + "/containerGroups"
_GROUP = _GROUPS + "/{name}"
_RIGHT = "Microsoft.ContainerInstance/containerGroups"
_RG_RIGHT = "Microsoft.Resources/subscriptions/resourceGroups"


_TABLE: tuple[tuple[str, str, str, str | None, Family, Handler], ...] = (
    ("PUT", _GROUP, "containerGroups/write", f"{_RIGHT}/write", "containers", writes.put),
    ("GET", _GROUP, "containerGroups/read", f"{_RIGHT}/read", "containers", reads.get),
    ("PATCH", _GROUP, "containerGroups/tags", f"{_RIGHT}/write", "containers", writes.patch),
    ("DELETE", _GROUP, "containerGroups/delete", f"{_RIGHT}/delete", "containers", writes.delete),
    ("GET", _GROUPS, "containerGroups/list", f"{_RIGHT}/read", "containers", reads.list_in_resource_group),
    (
        "GET",
        _SUB + _ACI + "/containerGroups",
        "containerGroups/listBySubscription",
        f"{_RIGHT}/read",
        "containers",
        reads.list_in_subscription,
    ),
    (
        "POST",
        _GROUP + "/start",
        "containerGroups/start",
        f"{_RIGHT}/start/action",
        "containers",
        actions.start,
    ),
    ("POST", _GROUP + "/stop", "containerGroups/stop", f"{_RIGHT}/stop/action", "containers", actions.stop),
    (
        "POST",
        _GROUP + "/restart",
        "containerGroups/restart",
        f"{_RIGHT}/restart/action",
        "containers",
        actions.restart,
    ),
    (
        "GET",
        _GROUP + "/containers/{container}/logs",
        "containers/logs",
        f"{_RIGHT}/containers/logs/read",
        "containers",
        containers.read_logs,
    ),
    (
        "GET",
        _SUB + _ACI + "/locations/{location}/operations/{operation}",
        "operations/read",
        "Microsoft.ContainerInstance/locations/operations/read",
        "operation",
        operations.read_operation,
    ),
    (
        "GET",
        _SUB + _ACI + "/locations/{location}/usages",
        "usages/read",
        "Microsoft.ContainerInstance/locations/usages/read",
        "containers",
        providers.usages,
    ),
    ("GET", _ACI + "/operations", "providerOperations/read", None, "containers", providers.operations),
    (
        "GET",
        _SUB + "/providers/{namespace}",
        "providers/read",
        "Microsoft.Resources/subscriptions/providers/read",
        "resources",
        providers.get,
    ),
    (
        "POST",
        _SUB + "/providers/{namespace}/register",
        "providers/register",
        "Microsoft.ContainerInstance/register/action",
        "resources",
        providers.register,
    ),
    ("HEAD", _RG, "resourceGroups/head", f"{_RG_RIGHT}/read", "resources", resource_groups.head),
    ("GET", _RG, "resourceGroups/read", f"{_RG_RIGHT}/read", "resources", resource_groups.get),
    ("PUT", _RG, "resourceGroups/write", f"{_RG_RIGHT}/write", "resources", resource_groups.put),
    ("PATCH", _RG, "resourceGroups/tags", f"{_RG_RIGHT}/write", "resources", resource_groups.patch),
    ("DELETE", _RG, "resourceGroups/delete", f"{_RG_RIGHT}/delete", "resources", resource_groups.delete),
    (
        "GET",
        _SUB + "/resourceGroups",
        "resourceGroups/list",
        f"{_RG_RIGHT}/read",
        "resources",
        resource_groups.list_all,
    ),
    (
        "GET",
        _SUB + "/operationresults/{job}",
        "operationResults/read",
        None,
        "operation",
        resource_groups.read_deletion,
    ),
    (
        "GET",
        _SUB,
        "subscriptions/read",
        "Microsoft.Resources/subscriptions/read",
        "resources",
        resource_groups.get_subscription,
    ),
    ("GET", "/subscriptions", "subscriptions/list", None, "resources", resource_groups.list_subscriptions),
)

ROUTES = tuple(
    Route(method, tuple(path.strip("/").split("/")), operation, action, family, handler)
    for method, path, operation, action, family, handler in _TABLE
)


def find(request: Request) -> tuple[Match | None, set[str]]:
    """The route of a request, and the methods that its path knows (empty: no such path)."""
    segments = request.segments
    methods: set[str] = set()
    for route in ROUTES:
        params = route.match(segments)
        if params is not None:
            if route.method == request.method:
                return Match(route, params), {route.method}
            methods.add(route.method)
    return None, methods
