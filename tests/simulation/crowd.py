"""Many services in many places, and the changes of their days: what a large installation has."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aci_emulator.front.faults import Rule, answer
from aci_emulator.regions import LOCATIONS
from aci_operator.api import keys
from aci_operator.api.base import rfc3339
from aci_operator.core.group.observation import Timing
from aci_operator.core.service.backoff import SHORT_LIFE
from aci_operator.engine.engine import Settings
from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation.world import World

HOUR: Final = 3600.0
REGIONS: Final = tuple(LOCATIONS[:10])
SUBSCRIPTIONS: Final = tuple(f"{number:08}-1111-1111-1111-111111111111" for number in range(1, 5))
"""Budgets are for a subscription in a region: 40 of them bring 10,000 container groups up in an hour."""

SETTINGS: Final[Mapping[str, Any]] = {
    "subscriptions": SUBSCRIPTIONS,
    "resource_groups": [f"{samples.RESOURCE_GROUP}@{samples.LOCATION}"],
    "group_quota": 1000,
    "core_quota": 1000,
    "operator": {"subscription_id": SUBSCRIPTIONS[0]},
}
"""Of the world."""

FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "answer", "answer": answer(500, "InternalServerError"), "operation": "containerGroups/*"},
    {"kind": "cut-after", "operation": "containerGroups/write", "seed": 1},
)
SHARE: Final = 0.01
"""Of the requests that each of them takes."""


class Crowd:
    """So many services of so many replicas each.

    Attributes:
        wanted: The replicas of each service.
    """

    def __init__(self, world: World, services: int, replicas: int) -> None:
        self.wanted = {f"s{number:04}": replicas for number in range(services)}
        self._replicas = replicas
        self._world = world
        self._chance = random.Random(world.seed)
        self._gone: list[str] = []

    async def come_up(self) -> None:
        """Apply all of them, and wait until they serve."""
        for name in self.wanted:
            self._apply(name)
        while not self._all_up():
            await asyncio.sleep(60)
            self._world.check()
        await asyncio.sleep(600)

    async def hour(self, changes: int) -> None:
        """Let an hour go by in which so many changes happen and one in a hundred requests fails."""
        world = self._world
        for fault in FAULTS:
            world.azure.faults.add(Rule(**fault, count=None, probability=SHARE))
        for _ in range(changes):
            await asyncio.sleep(HOUR / changes)
            self._change(self._chance.choice(sorted(self.wanted)))
            self._bring_back()
            world.check()
        world.azure.faults.clear()

    async def come_to_rest(self) -> None:
        """Wait until all has been found and mended, and the last heal does not count for another's back-off."""
        turn = max(Timing.health_turn, sum(self.wanted.values()) / Settings.reads_per_second)
        await asyncio.sleep(2 * turn)
        await self._world.settle(within=2 * HOUR)
        await asyncio.sleep(SHORT_LIFE.total_seconds())
        self._world.invariants.at_rest(now())
        self._world.check()

    async def rest(self) -> list[str]:
        """Let an hour go by in which nothing happens; return what was written in it."""
        world, since = self._world, now()
        await asyncio.sleep(HOUR)
        sent = [entry for entry in world.azure.record.entries if entry.at >= since and entry.method != "GET"]
        written = world.cluster.record.writes(since=since)
        return [
            *(f"{entry.at:%H:%M:%S} {entry.method} {entry.path}" for entry in sent),
            *(f"{call.at:%H:%M:%S} {call.verb} {call.resource.plural} {call.name}" for call in written),
        ]

    def amiss(self) -> list[str]:
        """Return the services that are not as they should be: objects, container groups and status say the same."""
        world = self._world
        objects = Counter(group["metadata"]["labels"].get(keys.LABEL_SERVICE) for group in world.groups())
        groups = Counter((group.tags or {}).get(keys.TAG_SERVICE) for group in world.cloud())
        found: list[str] = []
        for name, wanted in self.wanted.items():
            status = world.service(name)["status"]
            counts = {
                objects[name],
                groups[name],
                status["readyReplicas"],
                status["updatedReplicas"],
                len(status["ips"]),
            }
            if counts != {wanted} or world.told(world.service(name))["Ready"][0] != "True":
                found.append(name)
        strangers = {*objects, *groups} - self.wanted.keys()
        return found + sorted(map(str, strangers))

    def forget(self) -> None:
        """Let the models forget the past; API servers keep Events for an hour."""
        self._world.azure.record.entries.clear()
        self._world.arm.cloud.store.operations.clear()
        self._world.cluster.record.calls.clear()
        old = rfc3339(now() - timedelta(seconds=HOUR))
        for place, manifest in list(self._world.cluster.objects.everything().items()):
            if place.resource == EVENTS and manifest["lastTimestamp"] < old:
                self._world.user.delete(place)
        del self._world.cluster.objects.history[:-1000]

    def _apply(self, name: str) -> None:
        number = int(name[1:])
        places = [{"location": REGIONS[number // len(SUBSCRIPTIONS) % len(REGIONS)]}]
        subscription = SUBSCRIPTIONS[number % len(SUBSCRIPTIONS)]
        replicas = self.wanted[name]
        self._world.apply(samples.service(name, replicas=replicas, placements=places, subscriptionId=subscription))

    def _bring_back(self) -> None:
        """Apply again what was deleted and has ended."""
        for name in list(self._gone):
            if self._world.user.find(Place(SERVICES, "default", name)) is None:
                self._gone.remove(name)
                self.wanted[name] = self._replicas
                self._apply(name)

    def _all_up(self) -> bool:
        services = (m for p, m in self._world.cluster.objects.everything().items() if p.resource == SERVICES)
        return all(m.get("status", {}).get("readyReplicas") == m["spec"]["replicas"] for m in services)

    def _change(self, name: str) -> None:
        """Do one thing: to the service, or to one of its groups."""
        world, chance = self._world, self._chance
        groups = sorted(group.name for group in world.cloud(name))
        match chance.choice(("scale", "roll", "delete", "kill", "remove", "replace")):
            case "scale":
                self.wanted[name] = chance.randint(self._replicas - 1, self._replicas + 1)
                world.scale(name, self.wanted[name])
            case "roll":
                world.roll(name, f"registry.test/api:{chance.randint(1, 9)}")
            case "delete":
                world.delete(name)
                del self.wanted[name]
                self._gone.append(name)
            case "kill" if groups:
                world.portal.kill(chance.choice(groups))
            case "remove" if groups:
                world.portal.remove(chance.choice(groups))
            case "replace" if groups:
                world.delete(chance.choice(groups), resource=GROUPS)
