"""What the API server wrote down."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devcluster.system import names

OPERATOR = f"system:serviceaccount:{names.NAMESPACE}:{names.SERVICE_ACCOUNT}"
READS = {"get", "list", "watch"}


@dataclass(frozen=True)
class Request:
    """One request, as it ended."""

    verb: str
    user: str
    resource: str
    namespace: str
    name: str
    code: int
    time: str

    @property
    def is_write(self) -> bool:
        return self.verb not in READS

    @staticmethod
    def parse(line: str) -> "Request":
        """Read a line of the log. A resource has its subresource behind a slash, as RBAC writes it."""
        event: dict[str, Any] = json.loads(line)
        target = event.get("objectRef", {})
        parts = [target.get("resource", ""), target.get("subresource", "")]
        return Request(
            event["verb"],
            event["user"].get("username", ""),  # a refused token has none
            "/".join(part for part in parts if part),
            target.get("namespace", ""),
            target.get("name", ""),
            event.get("responseStatus", {}).get("code", 0),
            event["requestReceivedTimestamp"],
        )


@dataclass(frozen=True)
class AuditLog:
    """Requests in the order in which they ended. A line can come a moment after its answer."""

    path: Path

    def now(self) -> int:
        """A place in the log: everything before it has happened."""
        return self.path.stat().st_size

    def requests(self, since: int = 0, *, user: str | None = None) -> list[Request]:
        """Requests after a place in the log, by one user or by all."""
        with self.path.open("rb") as file:
            file.seek(since)
            lines = file.read().decode().splitlines(keepends=True)
        found = [Request.parse(line) for line in lines if line.endswith("\n")]
        return [request for request in found if user in (None, request.user)]

    def writes(self, since: int = 0, *, user: str = OPERATOR) -> list[Request]:
        """Writes by one user, the operator unless told otherwise."""
        return [request for request in self.requests(since, user=user) if request.is_write]
