"""Azure's budget of creates shared by 20 services that want 600 replicas, for an hour of virtual time.

Azure's windows are hidden: its answers tell nothing of what is left.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tests.bench.table import Row, at_least, at_most, exactly
from tests.bench.virtual import played
from tests.model import samples
from tests.model.clock import now
from tests.simulation.world import World

HOUR: Final = timedelta(hours=1)
OPTIMUM: Final = 300
"""Creates in an hour of a sliding window of so many, beside one of 100 in 5 minutes."""

SETTLED: Final = timedelta(minutes=1)
"""After which all services have come to the line; the first had no others to take turns with."""

SERVICES: Final = 20
EACH: Final = 30
ROOM: Final[dict[str, Any]] = {"group_quota": 2000, "core_quota": 2000, "start_latency": 5.0, "budget_headers": False}
CLOCK: Final = "virtual"


def rows() -> Iterator[Row]:
    """Measure."""
    yield from played(_growth_alone, seed=401, **ROOM)
    yield from played(_with_heals, seed=402, variants={"budget_window": "fixed"}, **ROOM)


async def _growth_alone(world: World) -> list[Row]:
    for name in _names():
        world.apply(samples.service(name, replicas=EACH))
    await world.until(lambda: bool(_sent(world)))
    began = now()
    await asyncio.sleep(HOUR.total_seconds() - 10)
    used = len(_sent(world))
    turns = [len(_sent(world, f"{name}-", since=began + SETTLED)) for name in _names()]
    applied = now()
    world.apply(samples.service("lone", replicas=1))
    await world.until(lambda: bool(_sent(world, "lone-")), within=HOUR.total_seconds())
    ahead = sum(1 for at in _sent(world, since=applied) if at < _sent(world, "lone-")[0])
    what = f"{SERVICES * EACH} replicas wanted by {SERVICES} services"
    return [
        at_least(f"{what}, growth alone: of the optimum", 100 * used / OPTIMUM, 89, "%", clock=CLOCK),
        at_most(f"{what}: most turns ahead of another", max(turns) - min(turns), 2, clock=CLOCK),
        at_most(f"{what}: a lone replica waits, slots", ahead, 2, clock=CLOCK),
        exactly(f"{what}, growth alone: 429", _refused(world), 0, clock=CLOCK),
    ]


async def _with_heals(world: World) -> list[Row]:
    frail = "frail"
    world.apply(samples.service(frail, replicas=EACH))
    await world.until(lambda: bool(_sent(world)))
    began = now()
    await world.until(lambda: len(world.service(frail).get("status", {}).get("ips", ())) == EACH)
    for name in _names()[1:]:
        world.apply(samples.service(name, replicas=EACH))
    for _ in range(3):
        for group in world.cloud(frail)[: EACH // 3]:
            world.portal.remove(group.name)
        await asyncio.sleep(310)
    await asyncio.sleep((began + HOUR - timedelta(seconds=10) - now()).total_seconds())
    what = f"{SERVICES * EACH} replicas wanted by {SERVICES} services, with heals"
    return [
        at_least(f"{what}: of the optimum", 100 * len(_sent(world)) / OPTIMUM, 99, "%", clock=CLOCK),
        exactly(f"{what}: creates of heals", len(_sent(world, f"{frail}-")) - EACH, EACH, clock=CLOCK),
        exactly(f"{what}: 429", _refused(world), 0, clock=CLOCK),
    ]


def _names() -> list[str]:
    return [f"s{number:02}" for number in range(SERVICES)]


def _sent(world: World, prefix: str = "", *, since: datetime | None = None) -> list[datetime]:
    """Return when creates of groups whose names begin so were sent."""
    entries, names = world.asked("write", since=since), world.names("write", since=since)
    return [entry.at for entry, name in zip(entries, names, strict=True) if name.startswith(prefix)]


def _refused(world: World) -> int:
    return sum(entry.status == 429 for entry in world.azure.record.entries)
