"""Rows of the table about a lone group that has disappeared, and stays lost."""

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
)
from tests.simulation.world import World


async def a_lost_group(world: World) -> None:
    await world.start()
    world.apply(samples.group("lone"))
    await world.settle()
    await world.in_azure("DELETE", "lone")
    await world.settle()
    assert world.groups()[0]["status"]["state"] == "Lost"


async def test_a_lost_group_is_not_read_more_often_while_lists_are_told_that_its_place_is_missing(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=301)
    await a_lost_group(world)
    before = len(world.asked("read"))
    break_lists(world, answer(404, "ResourceGroupNotFound"))
    await asyncio.sleep(1200)
    assert len(world.asked("read")) - before <= 25


@pytest.mark.parametrize("told", [answer(404, "ResourceGroupNotFound"), answer(503)], ids=["denied", "unavailable"])
async def test_a_lost_group_is_not_read_more_often_after_a_restart_while_lists_fail(
    make_world: MakeWorld, told: Response
) -> None:
    world = make_world(seed=301)
    await a_lost_group(world)
    await world.stop()
    break_lists(world, told)
    await world.start()
    before = len(world.asked("read"))
    await asyncio.sleep(1200)
    assert len(world.asked("read")) - before <= 25


def told(world: World) -> str:
    """Whether the only object calls a person."""
    return world.told(world.groups()[0])["Stalled"][0]


async def its_place_goes_and_comes_back(world: World) -> None:
    await somebody_deletes_the_resource_group(world)
    await world.until(lambda: told(world) == "True", within=600)
    await a_person_makes_the_resource_group(world)


async def two_reads_are_denied(world: World) -> None:
    denial = Rule("answer", method="GET", path=GROUP_PATH, count=2, answer=answer(404, "ResourceGroupNotFound"))
    world.azure.faults.add(denial)
    await world.until(lambda: told(world) == "True", within=600)


async def it_runs_for_another_cluster(world: World) -> None:
    await world.stop()
    await world.start(cluster_id="another")
    await world.until(lambda: told(world) == "True", within=600)
    await world.stop()
    await world.start()


@pytest.mark.parametrize("wrong", [its_place_goes_and_comes_back, two_reads_are_denied, it_runs_for_another_cluster])
async def test_a_person_who_was_called_for_a_lost_group_is_called_no_more_once_all_is_right_again(
    make_world: MakeWorld, wrong: Callable[[World], Awaitable[None]]
) -> None:
    world = make_world(seed=501)
    await a_lost_group(world)
    await wrong(world)
    await world.until(lambda: told(world) == "False", within=600)


async def test_the_status_of_a_lost_group_is_of_its_generation(make_world: MakeWorld) -> None:
    world = make_world(seed=504)
    await a_lost_group(world)
    world.user.patch(Place(GROUPS, "default", "lone"), {"spec": {"deletionPolicy": "Orphan"}})
    await world.until(lambda: world.groups()[0]["status"]["observedGeneration"] == 2, within=100)


async def test_a_group_that_was_called_lost_is_looked_at_once_a_list_shows_it(make_world: MakeWorld) -> None:
    """It never went: a LIST lagged, and a direct read was false. The health turn is as of 3,000 groups."""
    world = make_world(seed=941)
    await world.start(health_turn=600)
    world.apply(samples.group("lone"))
    await world.settle()
    world.azure.faults.add(Rule("empty", method="GET", path=LIST_PATH))
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceNotFound")))
    await world.until(lambda: world.groups()[0]["status"]["state"] == "Lost", within=1400)
    await world.until(lambda: world.groups()[0]["status"]["state"] == "Running", within=60)
