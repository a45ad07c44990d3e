"""Rows of the table about answers that are lost or false: none makes a second group."""

import asyncio

import pytest
from aci_emulator.front.faults import Kind, Rule, answer

from tests.model import samples
from tests.simulation.scenes import GROUP_PATH, MakeWorld, up


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("status", [500, 503, 504, None])
async def test_a_put_without_a_usable_answer_makes_one_group(
    make_world: MakeWorld, status: int | None, skip: int
) -> None:
    world = make_world(seed=100 + skip)
    kind: Kind = "cut-after" if status is None else "answer-after"
    response = None if status is None else answer(status, "ServerTimeout")
    rule = Rule(kind, method="PUT", path=f"*/containergroups/s-{skip + 1}-*", answer=response)
    world.azure.faults.add(rule)
    await up(world)
    assert rule.hits == 1
    assert len(world.names("write")) == len(set(world.names("write"))) == 3
    assert all(group.puts == 1 and group.starts == 1 for group in world.cloud())


@pytest.mark.parametrize("status", [500, 503, None])
async def test_a_put_that_never_had_an_effect_is_sent_again_under_the_same_name(
    make_world: MakeWorld, status: int | None
) -> None:
    world = make_world(seed=110)
    kind: Kind = "cut-before" if status is None else "answer"
    world.azure.faults.add(
        Rule(kind, method="PUT", count=2, answer=None if status is None else answer(status, "ServerTimeout"))
    )
    await up(world, replicas=1)
    assert len(world.names("write")) == 3
    assert len(set(world.names("write"))) == 1
    first, second, third = (entry.at for entry in world.asked("write"))
    assert (second - first).total_seconds() >= 30, "the ghost window was not waited for"
    assert (third - second).total_seconds() >= 30


async def test_a_group_that_shows_late_after_a_lost_answer_is_found(make_world: MakeWorld) -> None:
    world = make_world(seed=111, read_lag=20.0)
    world.azure.faults.add(Rule("cut-after", method="PUT"))
    await up(world, replicas=1)
    assert len(world.names("write")) == 1


async def test_a_put_that_arrives_late_is_no_second_group(make_world: MakeWorld) -> None:
    world = make_world(seed=112)
    world.azure.faults.add(Rule("hold-before", method="PUT", late=True))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(25)  # the operator has given its request up after 20 s
    world.azure.faults.clear()
    await world.converge("s", 1)
    assert len(world.names("write")) == 1


async def test_a_group_that_somebody_removes_before_it_was_ever_seen_is_made_again_under_its_name(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=113)
    world.azure.faults.add(Rule("cut-after", method="PUT"))
    world.azure.faults.add(Rule("cut-before", method="GET", path=GROUP_PATH, count=None))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.cloud()))
    world.portal.remove(world.cloud()[0].name)
    world.azure.faults.clear()
    await world.converge("s", 1)
    first, second = world.asked("write")
    assert first.path == second.path
    assert (second.at - first.at).total_seconds() >= 30, "the ghost window was not waited for"


@pytest.mark.parametrize(("status", "code"), [(500, "InternalServerError"), (409, "SubnetInUse")])
async def test_puts_that_azure_answers_with_errors_are_told_and_become_fewer(
    make_world: MakeWorld, status: int, code: str
) -> None:
    """Or a few of them would use up what a region has for second tries."""
    world = make_world(seed=114)
    await world.start()
    world.azure.faults.add(Rule("answer", method="PUT", count=None, answer=answer(status, code, "it is broken")))
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(3600)
    assert "it is broken" in world.told(world.service("s"))["Ready"][2]
    assert len(world.asked("write")) <= 3 * 12


async def test_what_was_taken_after_many_errors_is_ready_as_soon_as_that_shows(make_world: MakeWorld) -> None:
    world = make_world(seed=115)
    await world.start()
    world.azure.faults.add(Rule("answer", method="PUT", count=5, answer=answer(500, "InternalServerError", "broken")))
    world.azure.faults.add(Rule("cut-after", method="PUT", count=1))
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: len(world.cloud()) == 1, within=3600)
    await asyncio.sleep(120)
    assert world.told(world.service("s"))["Ready"][0] == "True"
    assert len(world.asked("write")) == 6
