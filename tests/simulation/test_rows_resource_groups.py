"""Rows of the table about resource groups: missing, told to be missing, and made where that is wanted."""

import asyncio

import pytest
from aci_emulator.front.faults import Kind, Rule, answer
from aci_emulator.limits.roles import Role
from aci_operator.kube.api import GROUPS

from tests.model import samples
from tests.simulation.scenes import (
    GROUP_PATH,
    PLACE,
    MakeWorld,
    a_person_makes_the_resource_group,
    back_when_its_group_has_gone,
    break_lists,
    calls,
    somebody_deletes_the_resource_group,
    too_many,
    up,
    watch_calls,
    whose_status_was_lost,
)
from tests.simulation.world import World


async def test_a_missing_resource_group_is_told_and_the_service_goes_on_when_it_is_made(make_world: MakeWorld) -> None:
    world = make_world(seed=136)
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroup="other"))
    await asyncio.sleep(300)
    world.check()
    stalled = world.told(world.service("s"))["Stalled"]
    assert stalled[:2] == ("True", "ResourceGroupNotFound")
    assert '"other"' in stalled[2]
    assert "CreateIfMissing" in stalled[2]
    path = f"/subscriptions/{samples.SUBSCRIPTION}/resourcegroups/other?api-version=2022-09-01"
    assert (await world.portal_put(path, {"location": samples.LOCATION})).status == 201
    await world.converge("s", 2)


async def test_a_service_of_a_missing_resource_group_can_be_deleted(make_world: MakeWorld) -> None:
    world = make_world(seed=137)
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroup="other"))
    await asyncio.sleep(300)
    world.delete("s")
    await world.ended("s")


async def test_create_if_missing_makes_the_resource_group_once(make_world: MakeWorld) -> None:
    world = make_world(seed=138)
    await up(world, replicas=3, resourceGroup="other", resourceGroupPolicy="CreateIfMissing")
    made = [e for e in world.azure.record.entries if e.method == "PUT" and e.path.lower().endswith("/other")]
    assert made[0].status == 201
    world.delete("s")
    await world.ended("s")
    assert not [e for e in world.azure.record.entries if e.method == "DELETE" and e.path.lower().endswith("/other")]


async def wanting_a_resource_group(world: World) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=1, resourceGroupPolicy="CreateIfMissing"))


@pytest.mark.parametrize("kind", ["forbidden", "cut-before"])
async def test_a_resource_group_that_cannot_be_made_is_tried_less_and_less_often(
    make_world: MakeWorld, kind: Kind
) -> None:
    world = make_world(seed=144, resource_groups=[])
    world.azure.faults.add(Rule(kind, method="PUT", path=PLACE, count=None))
    await wanting_a_resource_group(world)
    await asyncio.sleep(100)
    log = watch_calls(world)
    await asyncio.sleep(500)
    world.check()
    assert len(world.asked("write")) == 1, "no turn is used up for a group that has no place"
    assert log == [["True", "True"] if kind == "forbidden" else ["False", "False"]]
    world.azure.faults.clear()
    await world.converge("s", 1, within=120)


async def test_a_resource_group_that_the_operator_may_not_make_is_used_once_a_person_has(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=145, resource_groups=[])
    refused = Rule("forbidden", method="PUT", path=PLACE, count=None)
    world.azure.faults.add(refused)
    await wanting_a_resource_group(world)
    await asyncio.sleep(300)
    world.azure.faults.clear()
    await a_person_makes_the_resource_group(world)
    await world.converge("s", 1, within=120)
    assert len(world.asked("write")) == 2


async def test_a_resource_group_that_the_operator_may_not_look_for_is_used_once_a_person_has_made_it(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=148, resource_groups=[])
    world.arm.cloud.roles.assign("operator", Role(Actions=["Microsoft.ContainerInstance/*"]))
    await wanting_a_resource_group(world)
    await asyncio.sleep(600)
    assert len(world.asked("write")) <= 20
    await a_person_makes_the_resource_group(world)
    await world.converge("s", 1, within=150)


@pytest.mark.parametrize("status", [403, 503, 429])
async def test_a_group_that_runs_is_looked_at_though_its_resource_group_was_told_to_be_missing_and_is_not_found(
    make_world: MakeWorld, status: int
) -> None:
    world = make_world(seed=149)
    await up(world, replicas=1, resourceGroupPolicy="CreateIfMissing")
    world.azure.faults.add(Rule("answer", method="HEAD", count=None, answer=answer(status)))
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceGroupNotFound")))
    await asyncio.sleep(900)
    world.expect("s", 1)


async def test_a_group_that_runs_is_looked_at_though_its_resource_group_is_told_to_be_missing_for_long(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=153)
    await up(world, replicas=1, resourceGroupPolicy="CreateIfMissing")
    world.azure.faults.add(Rule("answer", method="HEAD", count=None, answer=answer(404)))
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceGroupNotFound")))
    await asyncio.sleep(900)
    world.expect("s", 1)


@pytest.mark.parametrize("policy", ["MustExist", "CreateIfMissing"])
async def test_one_answer_that_a_resource_group_is_missing_lets_no_object_go(
    make_world: MakeWorld, policy: str
) -> None:
    world = make_world(seed=156)
    await whose_status_was_lost(world, "lone", resourceGroupPolicy=policy)
    world.azure.faults.add(Rule("answer", method="HEAD", count=None, answer=answer(404)))
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, answer=answer(404, "ResourceGroupNotFound")))
    await world.start()
    await world.until(lambda: world.told(world.groups()[0]).get("Stalled", ("",))[0] == "True", within=60)
    world.delete("lone", resource=GROUPS)
    await world.until(lambda: not world.groups(), within=300)
    assert world.cloud() == []
    world.check()


@pytest.mark.parametrize("policy", ["MustExist", "CreateIfMissing"])
async def test_nobody_is_called_for_the_end_of_what_never_found_room_when_its_resource_group_goes_too(
    make_world: MakeWorld, policy: str
) -> None:
    world = make_world(seed=168, group_quota=0)
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroupPolicy=policy))
    await asyncio.sleep(300)
    await world.stop()
    await world.start()
    await asyncio.sleep(300)
    log = watch_calls(world)
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(30)
    world.delete("s")
    await world.ended("s", within=300)
    assert not any("True" in told for told in log)


async def test_an_end_does_not_wait_for_what_hindered_the_making_of_a_resource_group(make_world: MakeWorld) -> None:
    world = make_world(seed=166, resource_groups=[])
    refusal = too_many(1800)
    world.azure.faults.add(Rule("answer", method="PUT", path=PLACE, answer=refusal))
    await world.start()
    world.apply(samples.group("lone", resourceGroupPolicy="CreateIfMissing"))
    await asyncio.sleep(5)
    world.delete("lone", resource=GROUPS)
    await world.until(lambda: not world.groups(), within=30)


async def test_a_group_whose_resource_group_is_gone_and_cannot_be_made_is_not_ready(make_world: MakeWorld) -> None:
    world = make_world(seed=154)
    await up(world, replicas=1, resourceGroupPolicy="CreateIfMissing")
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    await somebody_deletes_the_resource_group(world)
    await world.until(lambda: calls(world)[0] == "True", within=200)
    assert world.told(world.service("s"))["Ready"][0] == "False"
    log = watch_calls(world)
    await asyncio.sleep(600)
    assert len(log) == 1
    world.azure.faults.clear()
    await world.converge("s", 1, within=300)


@pytest.mark.parametrize("method", ["HEAD", "PUT"])
async def test_the_first_401_among_tries_to_make_a_resource_group_calls_nobody(
    make_world: MakeWorld, method: str
) -> None:
    world = make_world(seed=155, resource_groups=[])
    world.azure.faults.add(Rule("answer", method="PUT", path=PLACE, count=None, answer=answer(503)))
    await wanting_a_resource_group(world)
    await asyncio.sleep(10)
    world.azure.faults.clear()
    refused = Rule("answer", method=method, answer=answer(401, "ExpiredAuthenticationToken"))
    world.azure.faults.add(refused)
    log = watch_calls(world)
    await world.converge("s", 1, within=200)
    assert refused.hits == 1
    assert all("True" not in told for told in log)


async def test_a_resource_group_that_azure_refuses_to_make_is_looked_for_all_the_same(make_world: MakeWorld) -> None:
    world = make_world(seed=150, resource_groups=[])
    world.azure.faults.add(Rule("answer", method="PUT", path=PLACE, count=None, answer=answer(400, "InvalidTag")))
    await wanting_a_resource_group(world)
    await asyncio.sleep(4000)
    world.azure.faults.clear()
    await a_person_makes_the_resource_group(world)
    await world.converge("s", 1, within=300)


@pytest.mark.parametrize("lists_fail", [False, True])
async def test_nobody_is_called_for_the_end_of_a_group_that_has_gone_meanwhile(
    make_world: MakeWorld, lists_fail: bool
) -> None:
    world = make_world(seed=151)
    await up(world, replicas=1)
    world.azure.faults.add(Rule("forbidden", method="DELETE", count=None))
    world.delete("s")
    await asyncio.sleep(300)
    await world.crash()
    world.azure.faults.clear()
    await back_when_its_group_has_gone(world, lists_fail=lists_fail)
    await world.until(lambda: calls(world)[1:] == ["False"], within=75)


@pytest.mark.parametrize("lists_fail", [False, True])
async def test_nobody_is_called_for_the_end_of_a_group_whose_resource_group_was_made_again(
    make_world: MakeWorld, lists_fail: bool
) -> None:
    world = make_world(seed=152)
    await up(world, replicas=1)
    await world.crash()
    await world.start()
    await asyncio.sleep(200)
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(100)
    world.delete("s")
    await asyncio.sleep(300)
    if lists_fail:
        break_lists(world)
    await a_person_makes_the_resource_group(world)
    await world.until(lambda: calls(world)[1:] == ["False"], within=150)


async def test_a_person_who_was_called_stays_called_over_a_restart_while_the_resource_group_is_missing(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=147, resource_groups=[])
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    await wanting_a_resource_group(world)
    await asyncio.sleep(300)
    await world.crash()
    log = watch_calls(world)
    await world.start()
    await asyncio.sleep(100)
    assert log == [["True", "True"]]


@pytest.mark.parametrize("status", [403, 400])
async def test_a_person_who_was_called_while_it_started_stays_called_when_what_has_no_place_is_to_end(
    make_world: MakeWorld, status: int
) -> None:
    world = make_world(seed=173)
    await wanting_a_resource_group(world)
    await world.until(lambda: bool(world.cloud()))
    world.azure.faults.add(Rule("answer", method="PUT", path=PLACE, count=None, answer=answer(status, "Refused")))
    await somebody_deletes_the_resource_group(world)
    await world.until(lambda: world.told(world.service("s"))["Stalled"][0] == "True")
    log = watch_calls(world)
    world.delete("s")
    await asyncio.sleep(300)
    assert log == [["True", "True"]]


@pytest.mark.parametrize("policy", ["MustExist", "CreateIfMissing"])
async def test_one_reader_lists_a_resource_group_that_goes_whatever_the_number_of_services(
    make_world: MakeWorld, policy: str
) -> None:
    world = make_world(seed=154, group_quota=1000)
    await world.start()
    for number in range(20):
        world.apply(samples.service(f"s{number}", replicas=1, resourceGroupPolicy=policy))
    await world.settle()
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    before = len(world.asked("list"))
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(300)
    assert len(world.asked("list")) - before <= 15


async def test_a_person_who_was_called_stays_called_when_what_has_no_place_is_to_end(make_world: MakeWorld) -> None:
    world = make_world(seed=173)
    await up(world, replicas=1, resourceGroupPolicy="CreateIfMissing")
    world.azure.faults.add(Rule("forbidden", method="PUT", path=PLACE, count=None))
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(600)
    log = watch_calls(world)
    world.delete("s")
    await asyncio.sleep(300)
    assert log == [["True", "True"]]


async def test_what_waits_for_a_quota_gets_its_resource_group_made_again(make_world: MakeWorld) -> None:
    world = make_world(seed=606, quotas={samples.LOCATION: {"ContainerGroups": 0}})
    await world.start()
    world.apply(samples.service("s", replicas=2, resourceGroupPolicy="CreateIfMissing"))
    await asyncio.sleep(300)
    await world.stop()
    await world.start()
    await asyncio.sleep(300)
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(100)
    world.arm.settings.quotas[samples.LOCATION]["ContainerGroups"] = 10
    await world.until(lambda: len(world.cloud("s")) == 2, within=7200)


@pytest.mark.parametrize("restart", [True, False])
async def test_those_in_line_whose_resource_group_goes_hold_back_nobody_in_another(
    make_world: MakeWorld, restart: bool
) -> None:
    places = [f"{samples.RESOURCE_GROUP}@{samples.LOCATION}", f"other@{samples.LOCATION}"]
    world = make_world(seed=630, budget_5m=4, budget_1h=4, resource_groups=places)
    await world.start()
    for number in range(6):
        world.apply(samples.group(f"g{number}"))
    await asyncio.sleep(300)
    if restart:
        await world.stop()
        await world.start()
    await asyncio.sleep(60)
    world.apply(samples.service("t", replicas=2, resourceGroup="other"))
    await somebody_deletes_the_resource_group(world)
    await asyncio.sleep(4 * 3600)
    assert len(world.cloud("t")) == 2
    told = [world.told(group)["Stalled"][1] for group in world.groups() if group["metadata"]["name"].startswith("g")]
    assert told == 6 * ["ResourceGroupNotFound"]
