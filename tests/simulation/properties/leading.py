"""P16: who has not renewed the Lease for a while writes nothing, neither to Azure nor to the objects of the cluster."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from aci_operator.kube.api import Manifest

from tests.simulation.properties.honesty import Complaint

WINDOW: Final = timedelta(seconds=31)
"""So long after a renewal may a write to Azure begin: 30 s, and what a fence and a token take until it leaves."""

ON_ITS_WAY: Final = timedelta(seconds=30)
"""So long may the API server take for what was sent in time."""

IN_FLIGHT: Final = timedelta(seconds=1)
"""So long after a pause may a write leave that was decided on before: a process can be stopped between the two."""

NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Leading:
    """Knows who has renewed the Lease, and when."""

    def __init__(self) -> None:
        self._renewed: dict[str, datetime] = {}
        self._resumed: dict[str, datetime] = {}

    def resumed(self, operator: str, now: datetime) -> None:
        """Take in that a process goes on after a pause."""
        self._resumed[operator] = now

    def renewed(self, operator: str, lease: Manifest, now: datetime) -> None:
        """Take in a write of the Lease, unless it gives the Lease back."""
        if lease["spec"].get("holderIdentity"):
            self._renewed[operator] = now

    def wrote(self, operator: str, what: str, now: datetime, *, sent: bool) -> Iterator[Complaint]:
        """Yield what is wrong with a write; `sent`: it leaves just now."""
        renewed, resumed = self._renewed.get(operator, NEVER), self._resumed.get(operator, NEVER)
        if now - resumed > IN_FLIGHT and now - renewed > WINDOW + (timedelta(0) if sent else ON_ITS_WAY):
            yield Complaint("P16", f"{operator}: {what}, without the Lease since {renewed:%H:%M:%S}")
