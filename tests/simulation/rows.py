"""What several rows of the table begin with."""

from collections.abc import Callable
from typing import Any

from aci_operator.kube.api import SERVICES

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
SERVICE = Place(SERVICES, "default", "s")
GROUP_PATH = "*/containergroups/*"


async def up(world: World, replicas: int = 3, **spec: Any) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas, **spec))
    await world.converge("s", replicas)
