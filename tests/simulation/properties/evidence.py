"""What an operator may say of a container group: only what Azure's answers have shown to it. P9, P11 and P20."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from aci_emulator.wire import Response
from aci_operator.kube.api import Manifest

from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.replicas import is_true, state

AZURES_CLOCK: Final = timedelta(seconds=8)
"""By so much may Azure's clock be behind, rounding and the way of an answer included."""

Said = tuple[datetime, list[datetime]]
"""What the clock said, and since when each container runs."""


class Evidence:
    """Remembers what direct reads have answered last, by the group's name."""

    def __init__(self) -> None:
        self._missing: set[str] = set()
        self._shown: dict[str, Said] = {}

    def read(self, name: str, answer: Response, clock: datetime) -> None:
        """Take in an answer to a GET of one group, and what the clock of the asking process said."""
        if answer.status == HTTPStatus.NOT_FOUND:
            self._missing.add(name)
        elif answer.status == HTTPStatus.OK and answer.document:
            self._missing.discard(name)
            self._shown[name] = (clock, list(_starts(answer.document)))

    def judged(self, group: Manifest, before: Manifest) -> Iterator[Complaint]:
        """Yield what an operator says of a group without having seen it."""
        name = group["metadata"]["name"]
        if state(group) == "Lost" != state(before) and name not in self._missing:
            yield Complaint("P20", f"{name} is said to be lost, and the last direct read has not answered so")
        if is_true(group, "Available") and not is_true(before, "Available") and name in self._shown:
            clock, starts = self._shown[name]
            least = timedelta(seconds=group["spec"].get("minReadySeconds", 0))
            young = [start for start in starts if least and clock - start < least - AZURES_CLOCK]
            if young:
                yield Complaint("P11", f"{name} is said to be available, and runs only since {young[0]:%H:%M:%S}")


def _starts(shown: dict[str, Any]) -> Iterator[datetime]:
    """Yield since when each container runs."""
    for container in shown["properties"]["containers"]:
        current = container["properties"].get("instanceView", {}).get("currentState", {})
        if current.get("startTime"):
            yield datetime.fromisoformat(current["startTime"])
