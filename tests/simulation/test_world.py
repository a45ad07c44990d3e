"""The world with the real operator in it."""

from collections.abc import Callable

from tests.model import samples
from tests.simulation.world import World

MakeWorld = Callable[..., World]


async def test_a_service_comes_up(make_world: MakeWorld) -> None:
    world = make_world(seed=1)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await world.settle()
    assert len(world.cloud("s")) == 3
    assert len(world.service("s")["status"]["ips"]) == 3
