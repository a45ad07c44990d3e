"""What Azure has refused for want of room, shared by all services of this process."""

from datetime import datetime

from aci_operator.api.group import ContainerGroup, GroupStatus
from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import Shortage, Size, late
from aci_operator.engine.memories import key_of
from aci_operator.engine.usages import Usages


class Shortages:
    """Remembers the places that are short, each until its time is over. Losing it costs one refused PUT each."""

    def __init__(self, usages: Usages) -> None:
        self._usages = usages
        self._known: dict[tuple[str, str, str | None, Size, Reason], Shortage] = {}

    def add(self, shortage: Shortage) -> None:
        """Remember a shortage; the same again lasts until the later moment."""
        key = (shortage.subscription_id, shortage.location, shortage.zone, shortage.size, shortage.reason)
        before = self._known.get(key)
        if before is None or before.until < shortage.until:
            self._known[key] = shortage

    def present(self, now: datetime) -> tuple[Shortage, ...]:
        """Return all that are not over."""
        self._known = {key: shortage for key, shortage in self._known.items() if shortage.until > now}
        return tuple(self._known.values())

    def learn(self, group: ContainerGroup, told: GroupStatus) -> None:
        """Remember where a group that Azure had taken failed for want of room, if its status tells that."""
        shortage = late(group.spec, told)
        if shortage is not None:
            self.add(shortage)

    def before(self, group: ContainerGroup, now: datetime) -> Shortage | None:
        """Return why a group that is not in Azure has no room where it is to be."""
        if group.status.accepted_at is not None or group.metadata.deletion_timestamp is not None:
            return None
        spec, size = group.spec, Size.of(group.spec.template)
        present = self.present(now)
        known = next((it for it in present if it.covers(spec.subscription_id, spec.location, spec.zone, size)), None)
        if known is not None:
            return known
        told = self._usages.shortage(key_of(group), spec, now)
        if told is not None:
            self.add(told)
        return told

    def freed(self, subscription_id: str, location: str) -> None:
        """Forget that a quota is used up: a group that counted for it is gone."""
        self._usages.freed(subscription_id, location)
        place = (subscription_id.lower(), location)
        self._known = {
            key: shortage
            for key, shortage in self._known.items()
            if shortage.reason is not Reason.QUOTA_EXCEEDED or (shortage.subscription_id, shortage.location) != place
        }
