"""deletionPolicy Orphan: the groups that a service has at its end stay, and nothing else does."""

import asyncio

from aci_emulator.front.rules import Rule
from aci_operator.kube.api import EVENTS, GROUPS, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation import scenes
from tests.simulation.scenes import MakeWorld
from tests.simulation.world import World


async def up(world: World, replicas: int = 3) -> None:
    await scenes.up(world, replicas, deletionPolicy="Orphan")


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


async def test_one_that_is_well_again_is_not_ended_after_a_lost_answer(make_world: MakeWorld) -> None:
    world = make_world(seed=403, start_latency=5.0, operator={"health_turn": 10})
    await up(world, replicas=1)
    [name] = [group["metadata"]["name"] for group in world.groups()]
    await world.in_azure("POST", name, action="stop")
    handed_down = world.cluster.plant(
        Fault(Mode.HOLD_AFTER, verbs=frozenset({"replace"}), resource=GROUPS, client="operator")
    )
    await handed_down.reached.wait()
    await world.in_azure("POST", name, action="start")
    await world.until(lambda: world.told(world.groups()[0])["Available"][0] == "True", within=29)
    await asyncio.sleep(60)
    world.check()
    assert [group["metadata"]["name"] for group in world.groups()] == [name]


async def test_tags_that_get_no_answer_are_tried_and_told_less_and_less_often(make_world: MakeWorld) -> None:
    world = make_world(seed=404)
    await up(world)
    world.azure.faults.add(Rule("cut-before", method="PATCH", count=None))
    since = now()
    world.delete("s")
    await asyncio.sleep(600)
    told = [call for call in world.cluster.record.writes("operator") if call.resource == EVENTS and call.at >= since]
    asked = [entry for entry in world.azure.record.entries if entry.method == "PATCH"]
    assert len(asked) <= 3 * 20
    assert len(told) <= 3 * 20
    world.azure.faults.clear()
    await world.ended("s")
    assert len(world.cloud()) == 3
