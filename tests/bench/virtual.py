"""Worlds of the simulation for the bench: the real operator and the real SDK on virtual time, in this process."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tests.simulation.operators import RealOperator
from tests.simulation.virtual import on_virtual_time
from tests.simulation.world import World

Result = TypeVar("Result")


def played(story: Callable[[World], Awaitable[Result]], **settings: Any) -> Result:
    """Play a story in a world of its own; the settings are the world's."""

    async def play() -> Result:
        world = World(RealOperator, **settings)
        await world.start()
        try:
            return await story(world)
        finally:
            await world.close()

    return on_virtual_time(play())
