"""What LISTs show of the container groups: one reader per resource group serves all objects in it.

A LIST costs one request whatever the number of groups, and has no instanceView (recorded): it tells what exists,
where it stands in provisioning and which IP it has. A group of which something is expected soon makes it frequent.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aci_operator.core.cloud import CloudGroup, ResourceGroupRef
from aci_operator.core.errors import DENIALS, AzureError, Throttled
from aci_operator.engine.pace import Pace
from aci_operator.engine.ports import Key
from aci_operator.engine.reads import Reads

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(seconds=60)

LONGEST_LAG = timedelta(minutes=10)
"""So long may a LIST go on to show what is proved to be gone."""

PER_SECOND = 2.5
AT_ONCE = 20
"""LISTs of all resource groups together, and how many of them may come without a pause after a time with fewer.

With the 5 health reads a second this leaves room below the pace that all reads share.
"""


@dataclass(frozen=True)
class Snapshot:
    """One complete LIST: the groups by name, and when it began.

    Attributes:
        denied_at: When a later one was first told that there is no such place, which may be wrong; none has succeeded
            since.
    """

    began_at: datetime
    groups: Mapping[str, CloudGroup]
    denied_at: datetime | None = None


class Fleet:
    """Reads the resource groups that somebody follows.

    Args:
        wake: Called with the key of an object whose group looks different, or from which something is expected.
        busy: Seconds between two LISTs while something is expected; `quiet` otherwise.
    """

    def __init__(
        self,
        reads: Reads,
        clock: Callable[[], datetime],
        wake: Callable[[Key], None],
        *,
        busy: float,
        quiet: float,
    ) -> None:
        self._reads = reads
        self._clock = clock
        self._wake = wake
        self._busy = timedelta(seconds=busy)
        self._quiet = timedelta(seconds=quiet)
        self._followers: dict[ResourceGroupRef, dict[Key, bool]] = {}
        self._snapshots: dict[ResourceGroupRef, Snapshot] = {}
        self._readers: dict[ResourceGroupRef, asyncio.Task[None]] = {}
        self._hurried: dict[ResourceGroupRef, asyncio.Event] = {}
        self._left_at: dict[ResourceGroupRef, datetime] = {}
        self._pace = Pace(PER_SECOND)
        self._gone: dict[ResourceGroupRef, dict[str, datetime]] = {}

    def follow(self, scope: ResourceGroupRef, key: Key, *, soon: bool) -> None:
        """Wake `key` when its group changes; `soon` says that it is expected to."""
        followers = self._followers.setdefault(scope, {})
        hurried = self._hurried.setdefault(scope, asyncio.Event())
        if soon and not followers.get(key):
            hurried.set()
        followers[key] = soon
        if scope not in self._readers:
            self._readers[scope] = asyncio.create_task(self._read(scope))

    def forget(self, scope: ResourceGroupRef, key: Key) -> None:
        """Stop following."""
        self._followers.get(scope, {}).pop(key, None)

    def snapshot(self, scope: ResourceGroupRef) -> Snapshot | None:
        """Return the last complete LIST, None while there was none."""
        return self._snapshots.get(scope)

    def left(self, scope: ResourceGroupRef) -> None:
        """Take in that a group was left running without our tags: LISTs from before may show it as one of ours."""
        self._left_at[scope] = self._clock()

    def gone(self, scope: ResourceGroupRef, name: str) -> None:
        """Take in that a group is proved to be gone: a LIST that lags may show it once more."""
        recent = self._clock() - LONGEST_LAG
        names = self._gone.setdefault(scope, {})
        self._gone[scope] = {known: at for known, at in names.items() if at > recent} | {name: self._clock()}

    async def look(self, scope: ResourceGroupRef) -> Snapshot:
        """Return the last complete LIST, or make one now: none, or too old a one, is known. Raises AzureErrors.

        What was proved to be gone is not in it: taken for a find, its name would be used a second time.
        """
        known, left_at = self._snapshots.get(scope), self._left_at.get(scope)
        if known is None or (left_at is not None and known.began_at <= left_at):
            await self._turn()
            began = self._clock()
            known = Snapshot(began, {group.ref.name: group for group in await self._reads.list(scope)})
        gone = self._gone.get(scope, {})
        return Snapshot(known.began_at, {name: group for name, group in known.groups.items() if name not in gone})

    async def close(self) -> None:
        """Stop all readers."""
        readers = list(self._readers.values())
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def _read(self, scope: ResourceGroupRef) -> None:
        failures = 0
        while self._followers[scope]:
            await self._turn()
            began, told = self._clock(), 0.0
            try:
                found = await self._reads.list(scope)
            except AzureError as error:
                failures += 1
                if failures == 1:
                    log.warning("cannot list resource group %s: %s", scope.name, error)
                if isinstance(error, Throttled):
                    told = error.retry_after or 0.0
                elif isinstance(error, DENIALS) and scope in self._snapshots:
                    known = self._snapshots[scope]
                    self._snapshots[scope] = replace(known, denied_at=known.denied_at or began)
            except Exception:
                # Without LISTs, all groups in it would wait for their health turn from now on.
                failures += 1
                log.exception("cannot list resource group %s: unexpected failure", scope.name)
            else:
                failures = 0
                self._take(scope, Snapshot(began, {group.ref.name: group for group in found}))
            await self._pause(scope, began, failures, timedelta(seconds=told))
        del self._readers[scope]
        self._snapshots.pop(scope, None)

    async def _turn(self) -> None:
        """Wait until a LIST may be sent, in the order of asking."""
        await asyncio.sleep(self._pace.moment() - asyncio.get_running_loop().time() - AT_ONCE / PER_SECOND)

    def _take(self, scope: ResourceGroupRef, snapshot: Snapshot) -> None:
        before = self._snapshots.get(scope)
        self._snapshots[scope] = snapshot
        for key, soon in self._followers[scope].items():
            if soon or before is None or before.groups.get(key.name) != snapshot.groups.get(key.name):
                self._wake(key)

    async def _pause(self, scope: ResourceGroupRef, began: datetime, failures: int, least: timedelta) -> None:
        """Sleep until the next LIST is due, at least as long as Azure asked for; notice when that becomes earlier."""
        hurried = self._hurried[scope]
        while True:
            hurried.clear()
            gap = self._busy if any(self._followers[scope].values()) else self._quiet
            if failures:
                gap = min(self._busy * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE)
            gap = max(gap, least)
            left = min(began + gap - self._clock(), gap).total_seconds()  # the clock may have been set back
            if left <= 0:
                return
            try:
                async with asyncio.timeout(left):
                    await hurried.wait()
            except TimeoutError:
                return
