"""deletionPolicy Orphan: the groups that a service has at its end stay, and nothing else does."""

from collections.abc import Callable

from tests.model import samples
from tests.simulation.world import World

MakeWorld = Callable[..., World]


async def up(world: World, replicas: int = 3) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas, deletionPolicy="Orphan"))
    await world.converge("s", replicas)


async def test_what_a_service_scales_down_replaces_and_rolls_ends_in_azure(make_world: MakeWorld) -> None:
    world = make_world(seed=400)
    await up(world)
    world.scale("s", 2)
    await world.converge("s", 2)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 2, image="registry.test/api:2")
    world.portal.kill(world.cloud()[0].name)
    await world.converge("s", 2)
    assert len(world.cloud()) == 2, "groups without tags were left running"
    assert world.peak("s") <= 4
    world.delete("s")
    await world.ended("s")
    assert len(world.cloud()) == 2
