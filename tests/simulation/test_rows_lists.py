"""Rows of the table about LISTs that fail, lag or are denied: which of them is believed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_emulator.wire import Response
from aci_operator.kube.api import GROUPS

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.scenes import (
    GROUP_PATH,
    LIST_PATH,
    MakeWorld,
    a_person_makes_the_resource_group,
    break_lists,
    somebody_deletes_the_resource_group,
    somebody_has,
    up,
    whose_status_was_lost,
)
from tests.simulation.world import World


@pytest.mark.parametrize("told", [answer(404, "ResourceGroupNotFound"), answer(503)], ids=["denied", "unavailable"])
async def test_a_list_that_a_read_has_refuted_makes_no_replica_lost(make_world: MakeWorld, told: Response) -> None:
    world = make_world(seed=410)
    await up(world, replicas=1)
    before = world.cloud("s")
    lag = Rule("empty", method="GET", path=LIST_PATH)
    world.azure.faults.add(lag)
    break_lists(world, told)
    await asyncio.sleep(300)
    assert lag.hits == 1
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceNotFound")))
    await asyncio.sleep(900)
    assert world.cloud("s") == before
    world.expect("s", 1)


@pytest.mark.parametrize("policy", ["MustExist", "CreateIfMissing"])
@pytest.mark.parametrize("denial", ["ResourceGroupNotFound", "ResourceNotFound"])
async def test_an_object_whose_status_was_lost_stays_while_a_list_shows_its_container_group(
    make_world: MakeWorld, policy: str, denial: str
) -> None:
    world = make_world(seed=167)
    await whose_status_was_lost(world, "lone", resourceGroupPolicy=policy)
    missing = answer(404, denial)
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=None, answer=missing))
    await world.start()
    await asyncio.sleep(5)
    world.delete("lone", resource=GROUPS)
    await asyncio.sleep(30)
    world.azure.faults.clear()
    await world.until(lambda: not world.groups(), within=300)
    assert world.cloud() == []
    world.check()


async def test_one_denial_among_lists_that_show_its_container_group_lets_no_object_go(make_world: MakeWorld) -> None:
    world = make_world(seed=403)
    await whose_status_was_lost(world, "lone")
    gone = answer(404, "ResourceNotFound")
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=None, answer=gone))
    await world.start()
    await asyncio.sleep(5)
    world.delete("lone", resource=GROUPS)
    await asyncio.sleep(45)
    denial = Rule("answer", method="GET", path=LIST_PATH, answer=answer(404, "ResourceGroupNotFound"))
    world.azure.faults.add(denial)
    await asyncio.sleep(30)
    assert denial.hits == 1
    assert world.groups() != []
    world.check()


async def test_a_group_whose_status_was_lost_is_found_after_a_false_404_while_lists_fail(make_world: MakeWorld) -> None:
    world = make_world(seed=608)
    await whose_status_was_lost(world, "mine")
    break_lists(world)
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceNotFound")))
    await world.start()
    await world.until(lambda: world.told(world.groups()[0]).get("Ready", ("",))[0] == "True", within=100)


async def whose_name_is_taken(world: World) -> None:
    await world.start()
    somebody_has(world, "mine")
    world.apply(samples.group("mine"))
    await asyncio.sleep(120)
    assert world.told(world.groups()[0])["Stalled"][:2] == ("True", "OwnershipConflict")


@pytest.mark.parametrize("pause", [20, 300])
async def test_an_object_whose_name_was_taken_goes_after_the_resource_group_has_gone(
    make_world: MakeWorld, pause: int
) -> None:
    """What a LIST showed before that does not hold it."""
    world = make_world(seed=171)
    await whose_name_is_taken(world)
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(pause)
    world.delete("mine", resource=GROUPS)
    await world.until(lambda: not world.groups(), within=100)


async def its_place_is_gone_and_made_again_while_lists_fail(world: World) -> None:
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(300)
    break_lists(world)
    await a_person_makes_the_resource_group(world)
    await asyncio.sleep(300)


async def its_group_is_gone_while_lists_are_denied(world: World) -> None:
    break_lists(world, answer(404, "ResourceGroupNotFound"))
    await asyncio.sleep(100)
    await world.in_azure("DELETE", "mine")
    await asyncio.sleep(100)


@pytest.mark.parametrize(
    "gone", [its_place_is_gone_and_made_again_while_lists_fail, its_group_is_gone_while_lists_are_denied]
)
async def test_what_a_list_showed_before_its_place_was_denied_holds_no_object(
    make_world: MakeWorld, gone: Callable[[World], Awaitable[None]]
) -> None:
    world = make_world(seed=171)
    await whose_name_is_taken(world)
    await gone(world)
    world.delete("mine", resource=GROUPS)
    await world.until(lambda: not world.groups(), within=100)


@pytest.mark.parametrize("status", [503, 403])
async def test_a_list_that_a_read_has_refuted_holds_no_object(make_world: MakeWorld, status: int) -> None:
    world = make_world(seed=505)
    await world.start()
    world.apply(samples.group("other"))
    await world.settle()
    break_lists(world, answer(status))
    await asyncio.sleep(100)
    somebody_has(world, "mine")
    world.apply(samples.group("mine"))
    mine = Place(GROUPS, "default", "mine")
    await asyncio.sleep(125)
    found = world.user.find(mine)
    assert found is not None
    assert world.told(found)["Stalled"][:2] == ("True", "OwnershipConflict")
    await world.in_azure("DELETE", "mine")
    await asyncio.sleep(20)
    world.delete("mine", resource=GROUPS)
    await world.until(lambda: world.user.find(mine) is None, within=100)


async def test_one_that_waits_is_told_that_its_resource_group_went_while_lists_failed(make_world: MakeWorld) -> None:
    world = make_world(seed=604)
    await world.start()
    world.apply(samples.group("early"))
    await world.settle()
    break_lists(world)
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, count=None, answer=answer(503)))
    await asyncio.sleep(150)
    world.apply(samples.group("mine"))
    await asyncio.sleep(30)
    await somebody_deletes_the_resource_group(world)
    mine = Place(GROUPS, "default", "mine")
    await world.until(lambda: world.told(world.user.find(mine) or {}).get("Stalled", ("",))[0] == "True", within=300)
