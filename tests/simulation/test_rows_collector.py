"""Rows of the table about the garbage collector: what it takes in the end, and what it never does."""

import asyncio

from aci_operator.kube.api import GROUPS, SERVICES

from tests.simulation.scenes import MakeWorld, up
from tests.simulation.world import World


async def orphans(world: World, replicas: int = 3) -> list[str]:
    """Make groups whose objects are gone without a trace."""
    await up(world, replicas)
    names = sorted(g.name for g in world.cloud())
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    await world.start()
    return names


async def test_orphans_are_collected_after_two_rounds_and_not_before(make_world: MakeWorld) -> None:
    world = make_world(seed=230)
    names = await orphans(world)
    await asyncio.sleep(1150)
    assert sorted(group.name for group in world.cloud()) == names
    await world.until(lambda: not world.cloud(), within=900)
    world.check()


async def test_too_many_orphans_wait_for_a_persons_word(make_world: MakeWorld) -> None:
    world = make_world(seed=231)
    names = await orphans(world, replicas=7)
    await asyncio.sleep(2 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


async def test_crds_that_are_installed_again_cost_no_fleet(make_world: MakeWorld) -> None:
    """Their objects are gone as if somebody had deleted each; more than five wait for a person."""
    world = make_world(seed=234)
    names = await orphans(world, replicas=6)
    await asyncio.sleep(3 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


async def test_the_collector_leaves_alone_what_it_cannot_date(make_world: MakeWorld) -> None:
    world = make_world(seed=232)
    names = await orphans(world)
    for group in world.cloud():
        tags = {name: value for name, value in (group.tags or {}).items() if "created" not in name}
        await world.in_azure("PATCH", group.name, {"tags": tags})
    await asyncio.sleep(2 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names


async def test_the_collector_is_off_while_a_crd_is_missing(make_world: MakeWorld) -> None:
    world = make_world(seed=233)
    await up(world)
    names = sorted(g.name for g in world.cloud())
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    world.user.delete_crd(SERVICES)
    await asyncio.sleep(5)
    await world.start()
    await asyncio.sleep(3 * 3600)
    world.check()
    assert sorted(group.name for group in world.cloud()) == names
