"""What Azure has refused for want of room, shared by all services of this process."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.group import ContainerGroup, GroupSpec, GroupStatus
from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import LASTS, Shortage, Size, late
from aci_operator.engine.memories import key_of
from aci_operator.engine.ports import Key
from aci_operator.engine.usages import Usages

TURN: Final = timedelta(seconds=60)
"""How long the one that asks whether there is room again has for its answer, before another one may ask."""

_Id = tuple[str, str, str | None, Size, Reason]


class Shortages:
    """Remembers the places that are short, each until its time is over, and in doubt for as long again.

    That its time is over is no proof of room: of all that wait, one asks. Losing it costs one refused PUT each.
    """

    def __init__(self, usages: Usages) -> None:
        self._usages = usages
        self._known: dict[_Id, Shortage] = {}
        self._asking: dict[_Id, tuple[Key, datetime]] = {}

    def add(self, shortage: Shortage) -> None:
        """Remember a shortage; the same again lasts until the later moment."""
        key = (shortage.subscription_id, shortage.location, shortage.zone, shortage.size, shortage.reason)
        before = self._known.get(key)
        if before is None or before.until < shortage.until:
            self._known[key] = shortage
            self._asking.pop(key, None)

    def present(self, now: datetime) -> tuple[Shortage, ...]:
        """Return all that are not over."""
        return tuple(shortage for shortage in self._remembered(now).values() if shortage.until > now)

    def doubted(self, now: datetime) -> tuple[Shortage, ...]:
        """Return those that are over, but nobody has found room since."""
        return tuple(shortage for shortage in self._remembered(now).values() if shortage.until <= now)

    def learn(self, group: ContainerGroup, told: GroupStatus) -> None:
        """Remember where a group that Azure had taken failed for want of room, if its status tells that."""
        shortage = late(group.spec, told)
        if shortage is not None:
            self.add(shortage)

    def why_not(self, group: ContainerGroup, now: datetime) -> Shortage | None:
        """Return why a group that is not in Azure is not to be sent: there is no room, or another one asks for it.

        The question takes no turn: who waits for something else, as for a budget, must not keep others from asking. But
        what the usages answer is remembered like a refusal, for all others.
        """
        if group.status.accepted_at is not None or group.metadata.deletion_timestamp is not None:
            return None
        key = key_of(group)
        for shortage_id, shortage in self._covering(group.spec, now):
            if shortage.until > now:
                return shortage
            other, until = self._asking.get(shortage_id, (key, now))
            if other != key and until > now:
                return replace(shortage, until=until)
        told = self._usages.shortage(key, group.spec, now)
        if told is not None:
            self.add(told)
        return told

    def ask(self, group: ContainerGroup, now: datetime) -> None:
        """Take in that a group is sent now: where there is doubt, the others wait for its answer."""
        asking = [shortage_id for shortage_id, _ in self._covering(group.spec, now)]
        self._asking.update(dict.fromkeys(asking, (key_of(group), now + TURN)))

    def unasked(self, key: Key) -> None:
        """Let a group not have asked: it was not sent, or its answer is here and the next one may ask."""
        self._asking = {shortage_id: asking for shortage_id, asking in self._asking.items() if asking[0] != key}

    def found_room(self, spec: GroupSpec, now: datetime) -> None:
        """Forget what kept a group from its place: Azure has taken it there."""
        for shortage_id, _ in list(self._covering(spec, now)):
            self._forget(shortage_id)

    def freed(self, subscription_id: str, location: str) -> None:
        """Forget that a quota is used up: a group that counted for it is gone."""
        self._usages.freed(subscription_id, location)
        place = (subscription_id.lower(), location)
        for shortage_id, shortage in list(self._known.items()):
            if shortage.reason is Reason.QUOTA_EXCEEDED and (shortage.subscription_id, shortage.location) == place:
                self._forget(shortage_id)

    def _covering(self, spec: GroupSpec, now: datetime) -> Iterator[tuple[_Id, Shortage]]:
        known = self._remembered(now)
        size = Size.of(spec.template) if known else None
        for shortage_id, shortage in known.items():
            if size is not None and shortage.covers(spec.subscription_id, spec.location, spec.zone, size):
                yield shortage_id, shortage

    def _remembered(self, now: datetime) -> dict[_Id, Shortage]:
        for shortage_id, shortage in list(self._known.items()):
            if shortage.until + LASTS[shortage.reason] <= now:
                self._forget(shortage_id)
        return self._known

    def _forget(self, shortage_id: _Id) -> None:
        self._known.pop(shortage_id, None)
        self._asking.pop(shortage_id, None)
