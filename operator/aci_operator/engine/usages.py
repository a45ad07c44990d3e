"""What Azure says is used of its quotas: a hint, so that what must be refused is not sent.

It is read beside the creates; only near the end of a quota they wait a moment for it. A wrong or late answer is
believed for a short time, then a create goes and finds out.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aci_operator.api.group import GroupSpec
from aci_operator.api.reasons import Reason
from aci_operator.core.errors import AzureError, Throttled
from aci_operator.core.shortage import Shortage, Size
from aci_operator.core.usage import QUOTAS, Usage, lacking, nearly_used, needs
from aci_operator.engine.ports import Key
from aci_operator.engine.reads import Reads

log = logging.getLogger(__name__)

LASTS: Final = timedelta(minutes=2)
"""How long an answer is believed in."""

AGAIN: Final = timedelta(seconds=30)
"""Between two reads of a place, which are made only when something is sent there."""

FAILED: Final = timedelta(minutes=10)
"""Until the next try after a failure, as where the role lacks the right; Azure may have named another time."""

PATIENCE: Final = 2.0
"""Seconds for which a create waits for an answer, near the end of a quota."""


@dataclass
class _Place:
    """What is known of a subscription in a region.

    Attributes:
        began_at: When the read of `usages` began; None when they are not believed in.
        taken: Creates that the answer may not count yet: under way, or ended after it was asked for.
        not_before: When it may be read next.
        held_until: Until when something is held back; whatever is read until then, a create goes after it.
        reading: The read that is under way.
    """

    usages: Sequence[Usage] = ()
    began_at: datetime | None = None
    taken: dict[Key, tuple[Size, datetime | None]] = field(default_factory=dict)
    not_before: datetime | None = None
    held_until: datetime | None = None
    reading: asyncio.Task[None] | None = None

    def believed_until(self, now: datetime) -> datetime | None:
        """Return until when the answer may still be true; None when there is none, or it may be no longer."""
        until = None if self.began_at is None else self.began_at + LASTS
        return until if until is not None and now < until else None

    def tried(self, now: datetime) -> bool:
        """Tell whether the next create is to find out, since something has been held back for long enough."""
        return self.held_until is not None and self.held_until <= now

    def since(self, *, but: Key | None = None) -> Mapping[str, float]:
        """Return what was taken of each quota since the answer, by others than `but`."""
        taken = [needs(size) for key, (size, _) in self.taken.items() if key != but]
        return {name: sum(each[name] for each in taken) for name in QUOTAS}


class Usages:
    """Reads and remembers them."""

    def __init__(self, reads: Reads, clock: Callable[[], datetime]) -> None:
        self._reads = reads
        self._clock = clock
        self._places: dict[tuple[str, str], _Place] = {}

    async def settled(self, spec: GroupSpec) -> bool:
        """Before a create: near the end of a quota, wait for a fresh answer. Tell whether there is one now."""
        place = self._place(spec)
        near, before = nearly_used(place.usages, place.since(), Size.of(spec.template)), place.began_at
        if not near or place.tried(self._clock()) or not self._look(spec, place) or place.reading is None:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(place.reading)
        return place.began_at not in {None, before}

    def begin(self, key: Key, spec: GroupSpec) -> None:
        """Count a create whose turn has come, and see that an answer comes for those after it."""
        place = self._place(spec)
        place.taken[key] = (Size.of(spec.template), None)
        place.held_until = None
        self._look(spec, place)

    def end(self, key: Key, spec: GroupSpec) -> None:
        """Take in that a create was taken, or may have been."""
        taken = self._place(spec).taken
        if key in taken:
            taken[key] = (taken[key][0], self._clock())

    def unused(self, key: Key, spec: GroupSpec) -> None:
        """Give back what a create has taken that did not `end`: it was refused, or not sent."""
        taken = self._place(spec).taken
        if key in taken and taken[key][1] is None:
            del taken[key]

    def freed(self, subscription_id: str, location: str) -> None:
        """Believe no longer what is used where something has ended: it is less now."""
        place = self._places.get((subscription_id.lower(), location))
        if place is not None:
            place.began_at = None

    def shortage(self, key: Key, spec: GroupSpec, now: datetime) -> Shortage | None:
        """Return why a group does not fit, by an answer that is still believed in."""
        place = self._places.get((spec.subscription_id.lower(), spec.location))
        until = None if place is None else place.believed_until(now)
        if place is None or until is None or place.tried(now):
            return None
        sentence = lacking(place.usages, place.since(but=key), Size.of(spec.template), spec.location)
        if sentence is None:
            return None
        place.held_until = place.held_until or until
        return Shortage.of(spec, Reason.QUOTA_EXCEEDED, sentence, now).ending(place.held_until)

    def ratios(self) -> Mapping[tuple[str, str, str], float]:
        """Return how much of each quota was used by the last answers, by subscription, region and Azure's name."""
        return {
            (*where, usage.name): usage.used / usage.limit
            for where, place in self._places.items()
            for usage in place.usages
            if usage.name in QUOTAS and usage.limit > 0
        }

    async def close(self) -> None:
        """Stop reading."""
        reading = [place.reading for place in self._places.values() if place.reading is not None]
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _place(self, spec: GroupSpec) -> _Place:
        return self._places.setdefault((spec.subscription_id.lower(), spec.location), _Place())

    def _look(self, spec: GroupSpec, place: _Place) -> bool:
        """Begin to read, unless that was done lately; tell whether a read is under way."""
        now = self._clock()
        if place.not_before is None or place.not_before <= now:
            place.not_before = now + AGAIN
            place.reading = asyncio.create_task(self._read(spec.subscription_id, spec.location, place))
        return place.reading is not None and not place.reading.done()

    async def _read(self, subscription_id: str, location: str, place: _Place) -> None:
        began = self._clock()
        try:
            place.usages = await self._reads.usages(subscription_id, location)
        except AzureError as error:
            told = error.retry_after if isinstance(error, Throttled) else None
            place.not_before = self._clock() + (FAILED if told is None else max(AGAIN, timedelta(seconds=told)))
            if place.believed_until(self._clock()) is None:
                place.taken = {key: it for key, it in place.taken.items() if it[1] is None}
            log.info("what is used of the quotas in %s is not known: %s", location, error)
        else:
            place.began_at = began
            place.taken = {key: it for key, it in place.taken.items() if it[1] is None or it[1] > began}
