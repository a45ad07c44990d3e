"""deletionPolicy Orphan: the groups that a service has at its end stay, and nothing else does."""

from collections.abc import Callable

from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.objects import Place
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


async def test_a_service_that_comes_again_at_once_makes_new_groups(make_world: MakeWorld) -> None:
    world = make_world(seed=401)
    await up(world)
    world.delete("s")
    await world.until(lambda: world.user.find(Place(SERVICES, "default", "s")) is None)
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)
    assert len(world.cloud()) == 6


async def test_replicas_that_a_user_deletes_are_replaced_under_new_names(make_world: MakeWorld) -> None:
    world = make_world(seed=402)
    await up(world)
    for manifest in world.groups()[:2]:
        world.delete(manifest["metadata"]["name"], resource=GROUPS)
    await world.converge("s", 3)
    assert len(world.cloud()) == 5
