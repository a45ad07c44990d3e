"""Rows of the table about what is not ours: a group in the way, tags that were taken off, tags of others."""

import asyncio
from typing import Any

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.scenes import GROUP_PATH, MakeWorld, break_lists, events, somebody_has, too_many, up

PLACE: dict[str, Any] = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}


@pytest.mark.parametrize("tags", ["none", "other cluster", "other name", "no uid"])
async def test_a_foreign_group_at_the_wanted_name_is_never_touched(make_world: MakeWorld, tags: str) -> None:
    world = make_world(seed=140)
    ours = {
        keys.TAG_CLUSTER: world.invariants.cluster_id,
        keys.TAG_NAMESPACE: "default",
        keys.TAG_NAME: "mine",
        keys.TAG_UID: "d6e0f9a3-0000-4000-8000-000000000000",
    }
    chosen: dict[str, dict[str, str]] = {
        "none": {},
        "other cluster": {**ours, keys.TAG_CLUSTER: "another"},
        "other name": {**ours, keys.TAG_NAME: "yours"},
        "no uid": {name: value for name, value in ours.items() if name != keys.TAG_UID},
    }
    world.portal.place(name="mine", tags=chosen[tags], **PLACE)
    await world.start()
    world.apply(samples.group("mine"))
    await asyncio.sleep(300)
    world.check()
    stalled = world.told(world.groups()[0])["Stalled"]
    assert stalled[:2] == ("True", "OwnershipConflict")
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []
    world.delete("mine", resource=GROUPS)
    await world.settle()
    assert world.groups() == []
    assert [group.name for group in world.cloud()] == ["mine"]
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []


async def test_a_foreign_group_that_comes_while_the_put_is_refused_is_not_touched(make_world: MakeWorld) -> None:
    world = make_world(seed=144)
    throttled = too_many(60)
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, answer=throttled))
    await world.start()
    world.apply(samples.group("mine"))
    await world.until(lambda: bool(world.asked("write")))
    await asyncio.sleep(59)  # later than the last LIST before the next try
    world.portal.place(name="mine", tags={}, **PLACE)
    await asyncio.sleep(60)
    world.check()
    assert world.told(world.groups()[0])["Stalled"][:2] == ("True", "OwnershipConflict")
    assert len(world.asked("write")) == 1


async def test_a_foreign_group_that_takes_a_replicas_name_stalls_the_service(make_world: MakeWorld) -> None:
    world = make_world(seed=141)
    fault = world.cluster.plant(Fault(Mode.HOLD_BEFORE, verbs=frozenset({"replace_status"}), resource=GROUPS))
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await fault.reached.wait()
    await world.crash(lost=True)
    world.cluster.heal()
    [name] = [group["metadata"]["name"] for group in world.groups()]
    world.portal.place(name=name, **PLACE)
    await world.start()
    await asyncio.sleep(300)
    world.check()
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", "OwnershipConflict")
    world.delete("s")
    await world.settle()
    assert [group.name for group in world.cloud()] == [name]
    assert world.user.find(Place(SERVICES, "default", "s")) is None
    assert world.asked("write") == world.asked("delete") == world.asked("tags") == []


async def test_a_group_whose_tags_are_taken_off_is_left_alone_from_then_on(make_world: MakeWorld) -> None:
    world = make_world(seed=142)
    await up(world, replicas=1)
    [group] = world.cloud()
    await world.in_azure("PATCH", group.name, {"tags": {}})
    await asyncio.sleep(300)
    world.scale("s", 0)
    await world.settle()
    assert [left.name for left in world.cloud()] == [group.name]
    assert world.groups() == []


async def test_tags_that_others_add_stay_through_a_change_of_ours(make_world: MakeWorld) -> None:
    world = make_world(seed=143)
    await up(world, replicas=1, deletionPolicy="Orphan")
    [group] = world.cloud()
    await world.in_azure("PATCH", group.name, {"tags": {**(group.tags or {}), "added-by": "policy"}})
    world.delete("s")
    await world.settle()
    [left] = world.cloud()
    assert (left.tags or {})["added-by"] == "policy"
    assert not [tag for tag in left.tags or {} if tag == keys.TAG_UID]
    assert world.asked("delete") == []
    assert world.groups() == []
    await asyncio.sleep(3 * 3600)  # rounds of the collector
    assert [group.name for group in world.cloud()] == [left.name]
    assert left.starts == 1


@pytest.mark.parametrize("code", ["ResourceGroupNotFound", "SubscriptionNotFound"])
async def test_one_false_answer_that_its_place_is_gone_makes_no_replica_unready(
    make_world: MakeWorld, code: str
) -> None:
    world = make_world(seed=814)
    await up(world)
    rule = Rule("answer", method="GET", operation="containerGroups/read", count=1, answer=answer(404, code))
    world.azure.faults.add(rule)
    await asyncio.sleep(200)
    assert rule.hits == 1
    assert world.told(world.service("s"))["Ready"][0] == "True"
    assert events(world, code) == []


async def test_nothing_is_put_over_what_a_read_has_shown_since_the_last_list(make_world: MakeWorld) -> None:
    """No LIST is false here; one direct read is."""
    world = make_world(seed=506)
    await world.start()
    world.azure.faults.add(Rule("forbidden", method="PUT", path=GROUP_PATH, count=None))
    world.apply(samples.group("mine"))
    await asyncio.sleep(300)
    world.azure.faults.clear()
    break_lists(world)
    somebody_has(world, "mine")
    await world.until(lambda: world.told(world.groups()[0])["Stalled"][1] == "OwnershipConflict", within=300)
    before = [group.tags for group in world.cloud()]
    false = Rule("answer", method="GET", path="*/containergroups/mine", answer=answer(404, "ResourceNotFound"))
    world.azure.faults.add(false)
    await asyncio.sleep(200)
    assert false.hits == 1
    assert [group.tags for group in world.cloud()] == before
    world.check()


@pytest.mark.parametrize("many", [1, 10])
async def test_conflicts_in_the_line_of_a_budget_hold_nobody_back(make_world: MakeWorld, many: int) -> None:
    world = make_world(seed=611)
    await world.start()
    world.apply(samples.group("early"))
    await world.settle()
    refusal = too_many(600)
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, answer=refusal))
    world.apply(samples.group("first"))
    await asyncio.sleep(20)
    world.delete("first", resource=GROUPS)
    for number in range(many):
        world.apply(samples.group(f"mine{number}"))
        await asyncio.sleep(1.7)
    await asyncio.sleep(40)
    for number in range(many):
        somebody_has(world, f"mine{number}")
    world.apply(samples.service("s", replicas=3))
    await world.until(lambda: len(world.cloud("s")) == 3, within=650)
    world.check()
