"""P9: no status shows an IP that no container group has, or whose group is not ready."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from aci_emulator.life.model import Group
from aci_emulator.state.store import Store
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.simulation.properties.honesty import Complaint
from tests.simulation.properties.replicas import is_true

STALE: Final = timedelta(seconds=180)
"""So long an IP may still be written after its group has lost it: a Lease of 60 s runs out, and a health turn comes."""

ONE_PASS: Final = timedelta(seconds=5)
"""So long a service may still show the IP of a replica that has just been said to be not ready, or is gone."""

LARGE: Final = 500
"""Of more container groups only those are looked at that a request is about."""


class Addresses:
    """Knows which IPs there are, and when each was last there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last_seen: dict[str, datetime] = {}
        self._ready: dict[str, dict[str, str]] = {}
        self._last_ready: dict[tuple[str, str], datetime] = {}

    def told(self, group: Manifest, now: datetime, *, gone: bool) -> None:
        """Take in what the object of a container group says, or that it is `gone`."""
        service = group["metadata"].get("labels", {}).get(keys.LABEL_SERVICE_UID, "")
        ready, name = self._ready.setdefault(service, {}), group["metadata"]["name"]
        if name in ready:
            self._last_ready[service, ready.pop(name)] = now
        ip = group.get("status", {}).get("ip")
        if ip and is_true(group, "Ready") and not gone:
            ready[name] = ip

    def look(self, now: datetime) -> None:
        """Look at all groups, if that does not take too long."""
        if len(self._store) <= LARGE:
            self.see(self._store.groups(now), now)

    def see(self, groups: Iterable[Group], now: datetime) -> None:
        """Take in that these groups have their IPs."""
        for group in groups:
            if group.ip:
                self._last_seen[group.ip] = now

    def written(self, manifest: Manifest, before: Manifest, now: datetime, *, sent: datetime) -> Iterator[Complaint]:
        """Yield the IPs that an operator writes into a status, and that nobody has had for long when it was `sent`.

        Those of a service are those that its replicas' objects show: with no operator at work, these may be old.
        """
        self.look(now)
        of_its_own = shown(manifest) - shown(before) if manifest["kind"] == GROUPS.kind else ()
        for ip in of_its_own:
            seen = self._last_seen.get(ip)
            if seen is None or now - seen > STALE:
                yield Complaint("P9", f"{manifest['metadata']['name']} shows {ip}, which no group has")
        yield from self._not_ready(manifest, sent, ONE_PASS)

    def _not_ready(self, manifest: Manifest, now: datetime, slack: timedelta) -> Iterator[Complaint]:
        """Yield the IPs in a status that are not those of objects which are said to be ready, or were just now."""
        name, uid = manifest["metadata"]["name"], manifest["metadata"]["uid"]
        if manifest["kind"] == GROUPS.kind and shown(manifest) and not is_true(manifest, "Ready"):
            yield Complaint("P9", f"{name} shows {shown(manifest)} and is not ready")
        if manifest["kind"] != SERVICES.kind:
            return
        for ip in shown(manifest) - {*self._ready.get(uid, {}).values()}:
            last = self._last_ready.get((uid, ip))
            if last is None or now - last > slack:
                yield Complaint("P9", f"{name} shows {ip}, of which no replica says that it is ready")

    def at_rest(self, manifests: Iterable[Manifest], now: datetime) -> Iterator[Complaint]:
        """Yield the IPs that are shown although nothing moves any more and no group has them."""
        alive = {group.ip for group in self._store.groups(now) if group.ip}
        for manifest in manifests:
            for ip in shown(manifest) - alive:
                yield Complaint("P9", f"{manifest['metadata']['name']} still shows {ip}, which no group has")
            yield from self._not_ready(manifest, now, timedelta(0))


def shown(manifest: Manifest) -> set[str]:
    """Return the IPs in a status."""
    status = manifest.get("status", {})
    return {*status.get("ips", ()), *([status["ip"]] if status.get("ip") else ())}
