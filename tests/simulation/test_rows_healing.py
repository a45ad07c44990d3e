"""Rows of the table about healing: what is harmed is replaced, and no other; what cannot start costs little."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aci_operator.kube.api import GROUPS

from tests.model import samples
from tests.model.clock import now
from tests.simulation.scenes import MakeWorld, up
from tests.simulation.world import World


async def remove(world: World, name: str) -> None:
    world.portal.remove(name)


async def stop(world: World, name: str) -> None:
    assert (await world.in_azure("POST", name, action="stop")).status < 300


async def unmake(world: World, name: str) -> None:
    world.delete(name, resource=GROUPS)


async def kill(world: World, name: str) -> None:
    world.portal.kill(name)


@pytest.mark.parametrize("harm", [remove, stop, unmake, kill])
async def test_a_replica_that_is_harmed_is_replaced_and_the_others_stay(
    make_world: MakeWorld, harm: Callable[[World, str], Any]
) -> None:
    world = make_world(seed=150)
    await up(world, template={"spec": {**samples.replica(), "restartPolicy": "Never"}})
    names = sorted(group.name for group in world.cloud())
    await harm(world, names[1])
    await world.converge("s", 3)
    after = {group.name for group in world.cloud()}
    assert names[1] not in after
    assert {names[0], names[2]} < after
    assert len(world.names("write")) == 4


async def test_a_removed_replica_is_replaced_within_31_seconds(make_world: MakeWorld) -> None:
    world = make_world(seed=151)
    await up(world)
    at = now()
    world.portal.remove(world.cloud()[0].name)
    await world.until(lambda: len(world.asked("write")) == 4)
    assert (now() - at).total_seconds() <= 36


async def test_an_image_that_cannot_start_costs_few_creates(make_world: MakeWorld) -> None:
    world = make_world(seed=152, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=60.0)
    await world.start()
    world.apply(samples.service("s", replicas=2, image="registry.test/broken:1"))
    await asyncio.sleep(3600)
    world.check()
    assert len(world.asked("write")) <= 2 * 3600 / 120 + 2
    world.roll("s", "registry.test/fine:1")
    await world.converge("s", 2, image="registry.test/fine:1")


async def test_an_image_that_azure_refuses_is_told_and_costs_few_creates(make_world: MakeWorld) -> None:
    world = make_world(seed=153, images={"*none*": {"missing": True}})
    await world.start()
    world.apply(samples.service("s", replicas=2, image="registry.test/none:1"))
    await asyncio.sleep(3600)
    world.check()
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", "ImageInaccessible")
    assert len(world.asked("write")) <= 16
    world.roll("s", "registry.test/fine:1")
    await world.converge("s", 2, image="registry.test/fine:1")
