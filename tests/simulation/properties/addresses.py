"""P9: no status shows an IP that no container group has."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from aci_emulator.life.model import Group
from aci_emulator.state.store import Store
from aci_operator.kube.api import Manifest

from tests.simulation.properties.honesty import Complaint

STALE: Final = timedelta(seconds=180)
"""So long an IP may still be written after its group has lost it: a Lease of 60 s runs out, and a health turn comes."""

LARGE: Final = 500
"""Of more container groups only those are looked at that a request is about."""


class Addresses:
    """Knows which IPs there are, and when each was last there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last_seen: dict[str, datetime] = {}

    def look(self, now: datetime) -> None:
        """Look at all groups, if that does not take too long."""
        if len(self._store) <= LARGE:
            self.see(self._store.groups(now), now)

    def see(self, groups: Iterable[Group], now: datetime) -> None:
        """Take in that these groups have their IPs."""
        for group in groups:
            if group.ip:
                self._last_seen[group.ip] = now

    def written(self, manifest: Manifest, before: Manifest, now: datetime) -> Iterator[Complaint]:
        """Yield the IPs that an operator writes into a status, and that nobody has had for long."""
        self.look(now)
        for ip in shown(manifest) - shown(before):
            seen = self._last_seen.get(ip)
            if seen is None or now - seen > STALE:
                yield Complaint("P9", f"{manifest['metadata']['name']} shows {ip}, which no group has")

    def at_rest(self, manifests: Iterable[Manifest], now: datetime) -> Iterator[Complaint]:
        """Yield the IPs that are shown although nothing moves any more and no group has them."""
        alive = {group.ip for group in self._store.groups(now) if group.ip}
        for manifest in manifests:
            for ip in shown(manifest) - alive:
                yield Complaint("P9", f"{manifest['metadata']['name']} still shows {ip}, which no group has")


def shown(manifest: Manifest) -> set[str]:
    """Return the IPs in a status."""
    status = manifest.get("status", {})
    return {*status.get("ips", ()), *([status["ip"]] if status.get("ip") else ())}
