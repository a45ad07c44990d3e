"""Spot groups: where there is room for them, and what their eviction is to a service."""

from collections.abc import Callable
from typing import Any

from tests.model import samples
from tests.simulation.test_story import described
from tests.simulation.world import World

MakeWorld = Callable[..., World]
WEST, NORTH = samples.LOCATION, "northeurope"


def spot(name: str = "s", **spec: Any) -> dict[str, Any]:
    template = {"spec": {**samples.replica(), "priority": "Spot"}}
    return samples.service(name, replicas=2, template=template, network={"type": "None"}, **spec)


async def test_an_evicted_group_is_told_and_not_replaced(make_world: MakeWorld) -> None:
    world = make_world(seed=611)
    await world.start()
    world.apply(spot())
    await world.until(lambda: world.service("s").get("status", {}).get("readyReplicas") == 2)
    names = sorted(group.name for group in world.cloud())
    assert all(group.spot for group in world.cloud())
    world.portal.evict(names[0])
    await world.settle()
    assert sorted(group.name for group in world.cloud()) == names
    assert any(line.startswith("RestartedByPlatform") for line in described(world, names[0], "AciContainerGroup"))


async def test_no_room_for_spot_is_none_of_the_others_business(make_world: MakeWorld) -> None:
    world = make_world(seed=612, capacity=[{"location": WEST, "priority": "Spot", "cores": 1}])
    await world.start()
    places = [{"location": WEST}, {"location": NORTH}]
    world.apply(spot(placements=places))
    await world.until(lambda: world.service("s").get("status", {}).get("readyReplicas") == 2)
    assert sorted(group.region for group in world.cloud("s")) == [NORTH, WEST]
    world.apply(samples.service("regular", replicas=2, placements=places))
    await world.converge("regular", 2)
    assert {group.region for group in world.cloud("regular")} == {WEST}
