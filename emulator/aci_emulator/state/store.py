"""What exists, what existed a while ago, and how much existed at most."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aci_emulator.life import groups, operations
from aci_emulator.life.model import Group, Operation, Outcome, ResourceGroup, Subscription
from aci_emulator.limits.quota import Usage

MEMORY = timedelta(seconds=600)
"""How far back `Store.as_of` can look."""

Past = list[tuple[datetime, Group | None]]
"""What a name was, and from when on."""

SPARE = 100
"""How many names that are gone may be kept, beside a quarter of those alive, before anybody looks for them."""

OPERATIONS = 20_000
"""How many operations are remembered; the oldest go first."""


@dataclass
class Census:
    """The number of groups alive, for each tag, and its peak. A group lives from its PUT's effect to its DELETE's."""

    alive: Counter[tuple[str, str]] = field(default_factory=Counter)
    peak: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: int = 0
    total_peak: int = 0

    def replace(self, old: Group | None, new: Group | None) -> None:
        """Take `old` out, then `new` in: a group that changes its tags is at no moment counted twice."""
        if old is not None:
            self.total -= 1
            self.alive.subtract((old.tags or {}).items())
        if new is not None:
            self.total += 1
            self.total_peak = max(self.total_peak, self.total)
            for pair in (new.tags or {}).items():
                self.alive[pair] += 1
                self.peak[pair] = max(self.peak[pair], self.alive[pair])

    def reset(self) -> None:
        """Forget the peaks; count on from what is alive."""
        self.alive = +self.alive
        self.peak = Counter(self.alive)
        self.total_peak = self.total


class Store:
    """Subscriptions, resource groups, container groups and operations by their lower-case ids."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self.resource_groups: dict[str, ResourceGroup] = {}
        self.operations: dict[str, Operation] = {}
        self.census = Census()
        self.version = 0
        self._groups: dict[str, Group] = {}
        self._inside: dict[str, dict[str, None]] = {}
        self._leaving: set[str] = set()
        self._usages: dict[tuple[str, str], Usage] = {}
        self._past: dict[str, Past] = {}
        self._most_past = most_kept(0)

    def __len__(self) -> int:
        return len(self._groups)

    def __contains__(self, key: str) -> bool:
        return key in self._groups

    def get(self, key: str, now: datetime) -> Group | None:
        """The group as it is at `now`."""
        group = self._groups.get(key)
        if group is None:
            return None
        if group.deleted(now):
            self.settle(now)
            return None
        advanced = groups.advance(group, now)
        if advanced is not group:
            self._groups[key] = advanced
            self._note_operation(advanced)
            if self._past[key][-1][0] < now - MEMORY:
                # Or a look at the past would have to live through a crash loop from its beginning.
                self._note_past(key, advanced, now)
        return advanced

    def groups(self, now: datetime, resource_group: str | None = None) -> Iterator[Group]:
        """All groups as they are at `now`, or those in the resource group of a key; oldest first."""
        for key in list(self._groups if resource_group is None else self._inside.get(resource_group, ())):
            group = self.get(key, now)
            if group is not None:
                yield group

    def stored(self) -> Iterator[Group]:
        """All groups as they were last looked at: enough to count what exists, and cheap."""
        return iter(self._groups.values())

    def usage(self, subscription: str, region: str) -> Usage:
        """What exists in a subscription and region."""
        return self._usages.setdefault((subscription.lower(), region), Usage())

    def put(self, group: Group, now: datetime) -> None:
        """Add or replace a group."""
        present = self._groups.get(group.key)
        self.census.replace(present, group)
        if present is not None:
            self.usage(present.subscription, present.region).add(present, -1)
        self.usage(group.subscription, group.region).add(group)
        self._groups[group.key] = group
        self._inside.setdefault(_resource_group(group.key), {})[group.key] = None
        if group.transition is not None and group.transition.verb == "delete":
            self._leaving.add(group.key)
        self._note_operation(group)
        self._remember(group.key, group, now)

    def remove(self, key: str, now: datetime) -> None:
        """Take a group away; an operation that was running on it ends as Canceled, unless it was to delete it."""
        self._leaving.discard(key)
        self._inside[_resource_group(key)].pop(key)
        group = groups.advance(self._groups.pop(key), now)
        if group.transition is not None:
            outcome: Outcome = "Succeeded" if group.deleted(now) else "Canceled"
            ended = operations.ended(group.transition, now, outcome, operations.told(group))
            group = replace(group, operation=ended)
        self._note_operation(group)
        self.census.replace(group, None)
        self.usage(group.subscription, group.region).add(group, -1)
        self._remember(key, None, now)

    def settle(self, now: datetime) -> None:
        """Take away the groups whose deletion is over, each at its own time."""
        for key in list(self._leaving):
            group = self._groups[key]
            if group.operation is not None and group.deleted(now):
                self.remove(key, group.operation.deadline)

    def add_operation(self, operation: Operation) -> None:
        """Remember an operation for its URL."""
        self.operations[operation.id] = operation
        while len(self.operations) > OPERATIONS:
            del self.operations[next(iter(self.operations))]

    def as_of(self, key: str, when: datetime) -> Group | None:
        """The group as it was at `when`; at most MEMORY back, beyond that the oldest that is known."""
        past = self._past.get(key, [])
        # From the end: most looks are at what was just now, and a clock that was set back leaves no order.
        place = next((place for place in range(len(past), 0, -1) if past[place - 1][0] <= when), 0)
        group = past[place - 1][1] if place else None
        if group is None:
            return None
        seen = groups.advance(group, when)
        if seen is not group:
            # Or each look would have to live through the same again: thousands of times, for a list of thousands.
            past.insert(place, (when, seen))
            _trim(past, when)
        return seen

    def all_as_of(self, when: datetime) -> Iterator[Group]:
        """All groups as they were at `when`."""
        for key in list(self._past):
            group = self.as_of(key, when)
            if group is not None:
                yield group

    def _note_operation(self, group: Group) -> None:
        """Keep for its URL how a group's operation goes; one that is forgotten stays so."""
        if group.operation is not None and group.operation.id in self.operations:
            self.operations[group.operation.id] = group.operation

    @property
    def remembered(self) -> int:
        """How many names the past holds."""
        return len(self._past)

    def _remember(self, key: str, group: Group | None, now: datetime) -> None:
        self.version += 1
        self._note_past(key, group, now)
        if len(self._past) > self._most_past:
            self._forget(now)
            self._most_past = most_kept(len(self._past))

    def _note_past(self, key: str, group: Group | None, now: datetime) -> None:
        past = self._past.setdefault(key, [])
        past.append((now, group))
        _trim(past, now)

    def _forget(self, now: datetime) -> None:
        gone = [k for k, past in self._past.items() if past[-1][1] is None and past[-1][0] < now - MEMORY]
        for key in gone:
            del self._past[key]


def most_kept(alive: int) -> float:
    """How many names may be kept before those that are gone are looked for, which goes through all of them."""
    return 1.25 * alive + SPARE


def _resource_group(key: str) -> str:
    return key.partition("/providers/")[0]


def _trim(past: Past, now: datetime) -> None:
    # The last entry before the horizon stays: it tells what was true at the horizon.
    while len(past) > 1 and past[1][0] < now - MEMORY:
        del past[0]
