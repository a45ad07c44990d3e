"""An hour in which nobody does anything, on virtual time: 300 replicas in three resource groups."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.bench.rates import busiest
from tests.bench.table import Row, at_most, exactly, told
from tests.bench.virtual import played
from tests.model import samples
from tests.model.clock import now
from tests.simulation.world import World

TEAMS: Final = ("one", "two", "three")
REPLICAS: Final = 100
HOUR: Final = 3600.0
TURN: Final = max(60.0, len(TEAMS) * REPLICAS / 5)
"""Seconds of a health turn."""


def rows() -> Iterator[Row]:
    """Measure."""
    places = [f"{team}@{samples.LOCATION}" for team in TEAMS]
    room = {"group_quota": 1000, "core_quota": 1000, "arm_throttle": False}
    yield from played(_hour, seed=1, resource_groups=places, **room)


async def _hour(world: World) -> list[Row]:
    for team in TEAMS:
        world.apply(samples.service(f"web-{team}", replicas=REPLICAS, resourceGroup=team))
    for team in TEAMS:
        await world.until(lambda name=f"web-{team}": len(_ips(world, name)) == REPLICAS, within=2 * HOUR)  # type: ignore[misc]
    await world.settle()
    since = now()
    await asyncio.sleep(HOUR)
    asked = [entry for entry in world.azure.record.entries if entry.at >= since]
    lists = Counter(entry.path.lower() for entry in asked if entry.operation == "containerGroups/list")
    reads = [entry for entry in asked if entry.operation == "containerGroups/read"]
    writes = world.cluster.record.writes(since=since)
    what = f"an hour of silence, {len(TEAMS) * REPLICAS} replicas"
    clock = "virtual"
    return [
        exactly(f"{what}: writes to Azure", sum(entry.method != "GET" for entry in asked), 0, clock=clock),
        exactly(f"{what}: writes to the API server but the Lease", len(writes), 0, clock=clock),
        at_most(f"{what}: LISTs of a resource group", max(lists.values()), 120, clock=clock),
        at_most(f"{what}: health reads of a group", len(reads) / len(TEAMS) / REPLICAS, HOUR / TURN + 1, clock=clock),
        at_most(
            f"{what}: reads of Azure a second, in the busiest 10 s",
            busiest([entry.at.timestamp() for entry in asked], 10),
            10,
            clock=clock,
        ),
        told(f"{what}: all reads of Azure", len(asked), clock=clock),
    ]


def _ips(world: World, service: str) -> list[str]:
    ips: list[str] = world.service(service).get("status", {}).get("ips", [])
    return ips
