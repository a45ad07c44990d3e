"""What was asked, so that tests can count."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from aci_emulator.arm import routes
from aci_emulator.front import discovery, entra
from aci_emulator.wire import Json, Request

LENGTH = 200_000


@dataclass
class Entry:
    """One request. `status` is None until it is answered, and for ever when it is cut or its client went away."""

    at: datetime
    method: str
    path: str
    operation: str
    principal: str | None = None
    status: int | None = None
    fault: str | None = None

    @property
    def line(self) -> Json:
        """For `ctl requests`."""
        return {
            "time": f"{self.at:%Y-%m-%dT%H:%M:%S.%f}Z",
            "at": self.at.timestamp(),
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "operation": self.operation,
            "principal": self.principal,
            "fault": self.fault,
        }


@dataclass
class Record:
    """The last requests, in order of arrival."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=LENGTH))

    def begin(self, request: Request, now: datetime) -> Entry:
        """Write a request down as it arrives."""
        entry = Entry(now, request.method, request.path, operation_name(request))
        self.entries.append(entry)
        return entry

    def since(self, at: float) -> Iterator[Entry]:
        """Those that arrived at or after a time (seconds since the epoch)."""
        return (entry for entry in list(self.entries) if entry.at.timestamp() >= at)


def operation_name(request: Request) -> str:
    """What a request is: "containerGroups/write", "token", or "unknown"."""
    if discovery.asks(request):
        return "discovery"
    if entra.is_token_path(request.path):
        return "token"
    match, _ = routes.find(request)
    return match.route.operation if match else "unknown"
