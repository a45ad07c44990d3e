"""Rows of the table about rollouts by the default strategy: a canary first, and what happens to it in the middle."""

import asyncio

from tests.model.clock import now
from tests.simulation.scenes import MakeWorld, up


async def test_a_rollout_begins_with_a_canary_and_never_has_more_than_one_too_many(make_world: MakeWorld) -> None:
    world = make_world(seed=250)
    await up(world, replicas=4)
    world.portal.reset_peak()
    world.roll("s", "registry.test/api:2")
    ready = []
    await world.until(lambda: any(g.containers[0].image == "registry.test/api:2" for g in world.cloud()))
    canary = now()
    await world.until(lambda: len(world.asked("delete")) == 1)
    assert (world.asked("delete")[0].at - canary).total_seconds() >= 10, "an old one went before the canary was ready"
    while True:
        world.check()
        ready.append(len(world.service("s")["status"]["ips"]))
        if world.service("s")["status"]["updatedReplicas"] == 4 and len(world.cloud()) == 4:
            break
        await asyncio.sleep(1)
    await world.converge("s", 4, image="registry.test/api:2")
    assert world.peak("s") == 5
    assert min(ready) >= 4
    assert len(world.asked("write")) == 8


async def test_a_change_of_mind_in_the_middle_of_a_rollout(make_world: MakeWorld) -> None:
    world = make_world(seed=251)
    await up(world, replicas=3)
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: len(world.asked("delete")) == 1)
    world.roll("s", "registry.test/api:3")
    await world.converge("s", 3, image="registry.test/api:3")


async def test_a_rollback_keeps_those_that_never_left(make_world: MakeWorld) -> None:
    world = make_world(seed=252)
    await up(world, replicas=3)
    old = {group.name for group in world.cloud()}
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: len(world.asked("delete")) == 1)
    left = old & {group.name for group in world.cloud()}
    world.roll("s", "registry.test/api:1")
    await world.converge("s", 3, image="registry.test/api:1")
    assert left <= {group.name for group in world.cloud()}


async def test_a_heal_beside_the_canary_is_of_the_old_revision(make_world: MakeWorld) -> None:
    world = make_world(seed=253, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, replicas=3)
    world.roll("s", "registry.test/broken:1")
    await world.until(lambda: len(world.cloud()) == 4)
    await asyncio.sleep(30)
    victim = next(group for group in world.cloud() if "api:1" in str(group.containers[0].image))
    world.portal.remove(victim.name)
    await world.until(lambda: len(world.service("s")["status"]["ips"]) == 3 and len(world.cloud()) == 4)
    images = sorted(str(group.containers[0].image) for group in world.cloud())
    assert images == ["registry.test/api:1"] * 3 + ["registry.test/broken:1"]
    world.roll("s", "registry.test/api:1")
    await world.converge("s", 3, image="registry.test/api:1")


async def test_growth_beside_the_canary_is_of_the_old_revision(make_world: MakeWorld) -> None:
    world = make_world(seed=254, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, replicas=2)
    world.roll("s", "registry.test/broken:1")
    await world.until(lambda: len(world.cloud()) == 3)
    world.scale("s", 4)
    await world.until(lambda: len(world.service("s")["status"]["ips"]) == 4)
    images = sorted(str(group.containers[0].image) for group in world.cloud())
    assert images == ["registry.test/api:1"] * 4 + ["registry.test/broken:1"]


async def test_ready_is_false_from_the_first_look_at_a_new_generation(make_world: MakeWorld) -> None:
    world = make_world(seed=255)
    await up(world, replicas=2)
    world.roll("s", "registry.test/api:2")
    await world.until(
        lambda: world.service("s")["status"]["observedGeneration"] == world.service("s")["metadata"]["generation"]
    )
    told = world.told(world.service("s"))
    assert told["Ready"][0] == "False"
    assert told["Available"][0] == "True"
