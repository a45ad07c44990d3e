"""Which request is which."""

from dataclasses import dataclass

from aci_emulator.arm.paths import TABLE, Family, Handler
from aci_emulator.wire import Request


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


ROUTES = tuple(
    Route(method, tuple(path.strip("/").split("/")), operation, action, family, handler)
    for method, path, operation, action, family, handler in TABLE
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
