"""A small crowd for some hours; `make bench ONLY=day` has a thousand services for a day."""

from collections.abc import Callable

from tests.simulation.crowd import SETTINGS, Crowd
from tests.simulation.world import World


async def test_a_crowd_has_a_busy_time_and_comes_to_rest(make_world: Callable[..., World]) -> None:
    world = make_world(seed=601, **SETTINGS)
    await world.start()
    crowd = Crowd(world, services=6, replicas=3)
    await crowd.come_up()
    await crowd.hour(changes=20)
    await crowd.come_to_rest()
    assert crowd.amiss() == []
    assert await crowd.rest() == []
