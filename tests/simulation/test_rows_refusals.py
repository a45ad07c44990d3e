"""Rows of the table about what Azure refuses for a reason: it is told, and goes on once that is mended."""

import asyncio
from typing import Any

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_emulator.limits.roles import Role
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.scenes import (
    GROUP_PATH,
    MakeWorld,
    back_when_its_group_has_gone,
    break_lists,
    calls,
    somebody_has,
    up,
    watch_calls,
)

QUICK_LEASE = {"lease_duration": 8, "lease_renew_every": 1, "write_window": 4}


async def test_quota_waits_and_goes_on_when_it_is_raised(make_world: MakeWorld) -> None:
    world = make_world(seed=134, group_quota=2)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(900)
    world.check()
    told = world.told(world.service("s"))
    assert told["Reconciling"][:2] == ("True", "QuotaExceeded")
    assert told["Stalled"][0] == "False"
    assert len(world.service("s")["status"]["ips"]) == 2
    world.arm.settings = world.arm.settings.changed({"group_quota": 10})
    await asyncio.sleep(700)
    await world.converge("s", 3)


async def test_the_budget_of_creates_is_not_overdrawn_across_a_restart(make_world: MakeWorld) -> None:
    world = make_world(seed=135, start_latency=5.0, group_quota=200, core_quota=200, operator=QUICK_LEASE)
    await world.start()
    world.apply(samples.service("s", replicas=110))
    await world.until(lambda: len(world.asked("write")) >= 40)
    await world.crash()
    await world.start()
    await world.converge("s", 110)
    assert [entry for entry in world.asked("write") if entry.status == 429] == []
    assert len(world.asked("write")) == 110


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        (
            {"placements": [{"location": "westeurop"}]},
            {"placements": [{"location": samples.LOCATION}]},
            "InvalidSpec",
        ),
        ({"resourceGroup": "other"}, {"resourceGroupPolicy": "CreateIfMissing"}, "ResourceGroupNotFound"),
        ({}, {"tags": {"cost-centre": "42"}}, "Forbidden"),
    ],
    ids=["location", "policy", "tags"],
)
async def test_a_mistake_outside_of_the_template_can_be_mended(
    make_world: MakeWorld, wrong: dict[str, Any], right: dict[str, Any], reason: str
) -> None:
    world = make_world(seed=143)
    policy = Rule("answer", method="PUT", path=GROUP_PATH, count=None, answer=answer(403, "RequestDisallowedByPolicy"))
    if reason == "Forbidden":
        world.azure.faults.add(policy)
    await world.start()
    world.apply(samples.service("s", replicas=3, **wrong))
    await asyncio.sleep(300)
    assert world.told(world.service("s"))["Stalled"][:2] == ("True", reason)
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": right})
    world.azure.faults.clear()
    await world.converge("s", 3, within=120)
    assert world.peak("s") == 3
    assert all(right.get("tags", {}).items() <= (group.tags or {}).items() for group in world.cloud())


@pytest.mark.parametrize("policy", ["Orphan", "Delete"])
async def test_a_person_who_was_called_for_a_finalizer_stays_called_over_a_restart(
    make_world: MakeWorld, policy: str
) -> None:
    world = make_world(seed=157)
    await up(world, replicas=1, deletionPolicy=policy)
    forbidden = Fault(Mode.FORBID, verbs=frozenset({"patch"}), resource=GROUPS, client="operator", times=None)
    world.cluster.plant(forbidden)
    world.delete("s")
    await asyncio.sleep(120)
    await world.crash()
    log = watch_calls(world)
    assert log[0][1] == "True"
    await world.start()
    await asyncio.sleep(200)
    assert log == [["True", "True"]]


async def test_a_right_given_while_the_operator_was_down_ends_the_call_for_it(make_world: MakeWorld) -> None:
    """Somebody else's finalizer keeps the object."""
    world = make_world(seed=162)
    lone = samples.group("lone", deletionPolicy="Orphan")
    lone["metadata"]["finalizers"] = ["someone/else"]
    await world.start()
    world.apply(lone)
    await world.settle()
    forbidden = Fault(Mode.FORBID, verbs=frozenset({"patch"}), resource=GROUPS, client="operator", times=None)
    world.cluster.plant(forbidden)
    world.delete("lone", resource=GROUPS)
    await asyncio.sleep(120)
    await world.crash()
    assert world.told(world.groups()[0])["Stalled"][0] == "True"
    world.cluster.heal()
    await world.start()
    await world.until(lambda: keys.FINALIZER not in world.groups()[0]["metadata"]["finalizers"], within=200)
    await asyncio.sleep(60)
    assert world.told(world.groups()[0])["Stalled"][0] == "False"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_person_who_was_called_for_a_right_stays_called_over_a_restart(
    make_world: MakeWorld, method: str
) -> None:
    world = make_world(seed=146)
    await up(world, replicas=1)
    world.azure.faults.add(Rule("forbidden", method=method, count=None))
    world.scale("s", 2) if method == "PUT" else world.delete("s")
    await asyncio.sleep(300)
    await world.crash()
    log = watch_calls(world)
    await world.start()
    await asyncio.sleep(100)
    assert len(log) == 1
    assert "True" in log[0]
    world.azure.faults.clear()
    await (world.converge("s", 2, within=120) if method == "PUT" else world.ended("s", within=120))


async def test_a_role_without_delete_is_told_and_works_once_granted(make_world: MakeWorld) -> None:
    world = make_world(seed=139)
    await up(world, replicas=2)
    action = "Microsoft.ContainerInstance/containerGroups/delete"
    roles = world.arm.cloud.roles
    roles.assign("operator", Role(Actions=["*"], NotActions=[action]))
    world.scale("s", 1)
    await asyncio.sleep(300)
    world.check()
    [doomed] = [group for group in world.groups() if "deletionTimestamp" in group["metadata"]]
    stalled = world.told(doomed)["Stalled"]
    assert stalled[:2] == ("True", "Forbidden")
    assert action.lower() in stalled[2].lower()
    del roles.own["operator"]
    await world.converge("s", 1)


@pytest.mark.parametrize(("status", "code"), [(400, "InvalidImage"), (429, "TooManyRequests")])
async def test_an_end_does_not_wait_for_what_refused_a_put_when_somebody_has_taken_the_name(
    make_world: MakeWorld, status: int, code: str
) -> None:
    world = make_world(seed=180)
    await world.start()
    refusal = answer(status, code, headers={"Retry-After": "3600"} if status == 429 else {})
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, count=None, answer=refusal))
    world.apply(samples.group("mine"))
    await asyncio.sleep(1000)
    somebody_has(world, "mine")
    await asyncio.sleep(100)
    world.delete("mine", resource=GROUPS)
    await world.until(lambda: not world.groups(), within=30)
    assert [group.name for group in world.cloud()] == ["mine"]


@pytest.mark.parametrize("lists_fail", [False, True])
async def test_nobody_is_called_for_a_cluster_id_that_is_right_again(make_world: MakeWorld, lists_fail: bool) -> None:
    world = make_world(seed=172)
    await up(world, replicas=1)
    await world.stop()
    await world.start(cluster_id="another")
    world.delete("s")
    await asyncio.sleep(100)
    assert world.told(world.groups()[0])["Stalled"][:2] == ("True", "ScopeMismatch")
    await world.stop()
    await back_when_its_group_has_gone(world, lists_fail=lists_fail)
    await world.until(lambda: calls(world)[1:] == ["False"], within=75)


@pytest.mark.parametrize("status", [503, 403])
async def test_what_never_found_room_ends_after_a_restart_without_lists(make_world: MakeWorld, status: int) -> None:
    world = make_world(seed=175, group_quota=0)
    await world.start()
    world.apply(samples.service("s", replicas=2))
    await asyncio.sleep(300)
    await world.stop()
    break_lists(world, answer(status))
    await world.start()
    await asyncio.sleep(100)
    world.delete("s")
    await world.ended("s", within=100)
