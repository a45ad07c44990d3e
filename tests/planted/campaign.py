"""One life of the random campaign, by its seed: what it draws knows of no planted bug."""

import asyncio

from tests.model.loop import VirtualLoop
from tests.simulation.operators import RealOperator
from tests.simulation.test_seeds import QUICK, lived
from tests.simulation.world import World


def run(seed: int) -> None:
    """Live one life on virtual time.

    Raises:
        AssertionError: Something did not hold.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(_live(seed))


async def _live(seed: int) -> None:
    world = World(RealOperator, seed=seed, operator=QUICK)
    try:
        await lived(world, seed)
    finally:
        await world.close()
