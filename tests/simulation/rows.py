"""What several rows of the table begin with."""

from collections.abc import Callable

from aci_operator.kube.api import SERVICES

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
SERVICE = Place(SERVICES, "default", "s")


async def up(world: World, replicas: int = 3) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas))
    await world.converge("s", replicas)
