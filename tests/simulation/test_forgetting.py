"""What has ended is forgotten: a process that runs for months has seen thousands of replicas."""
# ruff: noqa: SLF001 - what an engine remembers is its own affair

from typing import Any

from tests.simulation.scenes import MakeWorld, up
from tests.simulation.world import World


def remembered(world: World) -> dict[str, int]:
    """How many of its maps' entries the engine keeps for container groups."""
    operator: Any = world.operators["operator"].operator
    engine = operator.operator.engine
    groups, services = (controller._reconcile.__self__ for controller in (engine._groups, engine._services))
    reads, fleet, turns = engine._around.reads, engine._fleet, groups._turns
    maps = {
        "memories": groups._memories._memories,
        "drawn": groups._memories._drawn,
        "known": groups._known,
        "refusals": {**groups._refusals, **services._refusals},
        "waiting": turns._waiting,
        "first in subnets": turns._subnets._first,
        "turns to read": {**reads._all._turns, **reads._at_rest._turns},
        "followers": {key for followers in fleet._followers.values() for key in followers},
        "failures": {**engine._groups._queue._failures, **engine._services._queue._failures},
    }
    return {name: len(found) for name, found in maps.items()}


async def test_what_has_ended_is_forgotten(make_world: MakeWorld) -> None:
    world = make_world(seed=41)
    await up(world, 3)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 3, image="registry.test/api:2")
    assert set(remembered(world).values()) <= {0, 3}, "memories of what was replaced"
    world.delete("s")
    await world.ended("s")
    assert remembered(world) == dict.fromkeys(remembered(world), 0), "memories of what has ended"
