"""Rows of the table in which Azure throttles, fails, is away or says what is not so: it passes, and nothing is lost."""

import asyncio

import pytest
from aci_emulator.front.faults import Kind, Rule, answer

from tests.model.clock import now
from tests.simulation.scenes import GROUP_PATH, LIST_PATH, MakeWorld, up


@pytest.mark.parametrize("seconds", [1, 70, 400])
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", GROUP_PATH), ("GET", GROUP_PATH), ("GET", LIST_PATH), ("DELETE", GROUP_PATH)],
)
async def test_retry_after_is_obeyed(make_world: MakeWorld, method: str, path: str, seconds: int) -> None:
    world = make_world(seed=120)
    response = answer(429, "TooManyRequests", headers={"Retry-After": str(seconds)})
    rule = Rule("answer", method=method, path=path, count=3, answer=response)
    if method == "DELETE":
        await up(world, replicas=2)
        world.azure.faults.add(rule)
        world.delete("s")
        await world.until(lambda: rule.hits > 0)
        await world.ended("s")
    else:
        world.azure.faults.add(rule)
        await up(world, replicas=2)
    assert rule.hits > 0


@pytest.mark.parametrize("status", [401, 403, 408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("kind", ["answer", "answer-after"])
async def test_a_storm_over_every_operation_passes(make_world: MakeWorld, kind: Kind, status: int) -> None:
    world = make_world(seed=130)
    # An effect together with a refusal as answer is possible with 5xx and timeouts alone.
    kind = kind if status >= 500 or status == 408 else "answer"
    code = {409: "ContainerGroupTransitioning", 403: "AuthorizationFailed"}.get(status, "Injected")
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    await up(world, replicas=2)
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    world.scale("s", 1)
    await asyncio.sleep(20)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 1, image="registry.test/api:2")
    world.azure.faults.add(Rule(kind, path="*/containergroups*", count=25, answer=answer(status, code)))
    world.delete("s")
    await world.ended("s")


async def test_azure_away_for_an_hour_changes_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=131)
    await up(world)
    before = world.service("s")
    ready = [group["status"] for group in world.groups()]
    world.operators["operator"].transport.reachable = False
    await asyncio.sleep(3600)
    world.check()
    assert world.service("s")["status"] == before["status"]
    assert [group["status"] for group in world.groups()] == ready
    world.scale("s", 4)
    await asyncio.sleep(60)
    world.operators["operator"].transport.reachable = True
    await world.converge("s", 4)


@pytest.mark.parametrize("count", [1, 5])
async def test_an_empty_list_ends_nothing(make_world: MakeWorld, count: int) -> None:
    world = make_world(seed=132)
    await up(world)
    names = {group.name for group in world.cloud()}
    since = now()
    empty = answer(200)
    empty = type(empty).of(200, {"value": []})
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=count, answer=empty))
    await asyncio.sleep(600)
    world.check()
    assert {group.name for group in world.cloud()} == names
    assert not [call for call in world.cluster.record.writes("operator", since=since) if call.verb == "delete"]
    await world.converge("s", 3)


async def test_a_404_that_is_not_true_ends_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=133)
    await up(world)
    names = {group.name for group in world.cloud()}
    missing = answer(404, "ResourceNotFound")
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=6, answer=missing))
    await asyncio.sleep(600)
    await world.converge("s", 3)
    assert {group.name for group in world.cloud()} == names


async def test_deletes_that_azure_answers_with_500_are_told_and_become_fewer(make_world: MakeWorld) -> None:
    world = make_world(seed=145)
    await up(world, replicas=1)
    world.azure.faults.add(
        Rule("answer", method="DELETE", path=GROUP_PATH, count=None, answer=answer(500, "InternalServerError"))
    )
    world.delete("s")
    await asyncio.sleep(600)
    world.check()
    told = world.told(world.groups()[0])["Reconciling"]
    assert told[:2] == ("True", "AnswerLost")
    assert "InternalServerError" in told[2]
    assert len(world.asked("delete")) <= 20
    world.azure.faults.clear()
    await world.ended("s")
