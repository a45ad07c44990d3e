"""What was asked of the API server, by whom and when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from aci_operator.kube.api import LEASES, Resource

from tests.model.faults import WRITES


@dataclass
class Call:
    """One call.

    It left its client at `sent`, and arrived at `at`. `outcome` is "ok" or the error's class, "open" until answered;
    `changed` tells of a real change, `guarded` that a delete was asked for of one version of one object only.
    """

    at: datetime
    client: str
    verb: str
    resource: Resource
    namespace: str
    name: str
    outcome: str = "open"
    changed: bool = False
    guarded: bool = False
    sent: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.sent = self.at


class Record:
    """All calls in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def add(self, call: Call) -> Call:
        """Note a call that has arrived."""
        self.calls.append(call)
        return call

    @property
    def last(self) -> Call:
        """The call that is being answered now: whoever is told of a change asks what led to it."""
        return self.calls[-1]

    def writes(self, client: str | None = None, *, since: datetime | None = None, leases: bool = False) -> list[Call]:
        """Return the writes that were asked for, also refused ones; renewals of Leases only when wanted."""
        return [
            call
            for call in self.calls
            if call.verb in WRITES
            and client in (None, call.client)
            and (since is None or call.at >= since)
            and (leases or call.resource != LEASES)
        ]
