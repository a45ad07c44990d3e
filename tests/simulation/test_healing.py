"""Healing on the real operator: what is replaced, when, how many at once, and what is only told."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aci_emulator.front.faults import Rule
from aci_emulator.life.model import Group
from aci_operator.core.group.crashes import CRASH_LIMIT

from tests.model import samples
from tests.model.clock import now
from tests.simulation.scenes import MakeWorld, events, up
from tests.simulation.world import World

CRASHING = {"*": {"run": 20.0, "exit_code": 1}}
HANGING = {"*": {"pull_fails": "always"}}
BROKEN = {"*": {"cannot_start": True}}


def reason(world: World, name: str = "s") -> str:
    return world.told(world.service(name))["Ready"][1]


def running_once(restart_policy: str, image: str = "registry.test/api:1") -> dict[str, Any]:
    return {"spec": {**samples.replica(image), "restartPolicy": restart_policy}}


async def crash_looping(world: World, successors: dict[str, Any]) -> Group:
    """Let the only replica of a service crash-loop; return it when its successor, of such images, is in Azure."""
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.cloud()))
    [old] = world.cloud()
    world.portal.change({"images": successors})
    await world.until(lambda: len(world.cloud()) == 2, within=1800)
    return old


# -- what becomes Failed


async def test_a_crash_loop_is_replaced_and_serves_until_its_successor_does(make_world: MakeWorld) -> None:
    world = make_world(seed=501, images=CRASHING)
    old = await crash_looping(world, {})
    await world.until(lambda: bool(world.asked("delete")), within=600)
    [new] = [group for group in world.cloud() if group.name != old.name]
    assert world.service("s")["status"]["ips"] == [new.ip], "the new one serves before the old one goes"
    assert any("CrashLooping" in message and old.name in message for message in events(world, "DeletedGroup"))
    assert any("crashes in a row" in message for message in events(world, "CrashLooping"))
    await world.converge("s", 1)


async def test_a_crash_loop_serves_until_its_successor_does_though_a_read_of_it_fails(make_world: MakeWorld) -> None:
    world = make_world(seed=513, images=CRASHING)
    old = await crash_looping(world, {"*": {"pull": 300.0}})
    world.azure.faults.add(Rule("cut-before", method="GET", path=f"*/containergroups/{old.name}", count=1))
    await world.until(lambda: bool(world.asked("delete")), within=600)
    [new] = [group for group in world.cloud() if group.name != old.name]
    assert world.service("s")["status"]["ips"] == [new.ip]


async def test_what_hangs_past_azures_own_deadline_is_replaced(make_world: MakeWorld) -> None:
    variants = {"delete_while_transitioning": "accepted"}
    world = make_world(seed=502, images=HANGING, provisioning_timeout=86_400.0, variants=variants)
    await world.start()
    world.apply(samples.service("s", replicas=1, progressDeadlineSeconds=86_400))
    await world.until(lambda: bool(world.cloud()))
    world.portal.change({"images": {}})
    began = now()
    await world.until(lambda: bool(world.asked("delete")), within=3600)
    assert timedelta(minutes=35) <= now() - began < timedelta(minutes=38)
    assert events(world, "Stuck")
    await world.converge("s", 1)


async def test_what_runs_without_an_ip_for_long_is_replaced(make_world: MakeWorld) -> None:
    world = make_world(seed=503)
    await up(world, 2)
    lost = world.cloud()[0]
    world.arm.cloud.store.put(replace(lost, ip=None), now())
    await world.until(lambda: bool(world.asked("delete")), within=900)
    assert world.names("delete") == [lost.name]
    assert len(world.service("s")["status"]["ips"]) == 2, "its successor is there"
    assert events(world, "NoIPAddress")
    await world.converge("s", 2)


# -- what is only told


async def test_kills_by_the_platform_are_told_and_not_healed(make_world: MakeWorld) -> None:
    world = make_world(seed=504)
    await up(world, 2)
    names = sorted(group.name for group in world.cloud())
    began = now()
    for _ in range(8):
        assert sorted(group.name for group in world.cloud()) == names
        world.portal.platform_kill(names[0])
        await asyncio.sleep(90)
    await world.converge("s", 2)
    assert sorted(group.name for group in world.cloud()) == names
    assert world.asked("write", since=began) == []
    assert world.asked("delete", since=began) == []
    assert events(world, "RestartedByPlatform")
    restarts = {m["metadata"]["name"]: m["status"]["restarts"] for m in world.groups()}
    assert restarts[names[0]] > CRASH_LIMIT


async def test_another_ip_after_maintenance_is_told_and_not_healed(make_world: MakeWorld) -> None:
    world = make_world(seed=505)
    await up(world, 1)
    [before] = world.cloud()
    world.portal.maintenance(before.name)
    await world.until(lambda: world.service("s")["status"]["ips"] not in ([], [before.ip]))
    [after] = world.cloud()
    assert (after.name, world.service("s")["status"]["ips"]) == (before.name, [after.ip])
    [message] = events(world, "IPChanged")
    assert str(before.ip) in message
    assert str(after.ip) in message
    await world.converge("s", 1)


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
async def test_a_completed_replica_is_not_replaced_and_the_service_says_so(make_world: MakeWorld, policy: str) -> None:
    world = make_world(seed=506, images={"*": {"run": 60.0, "exit_code": 0}})
    await world.start()
    world.apply(samples.service("s", replicas=2, template=running_once(policy), progressDeadlineSeconds=120))
    await world.until(lambda: {group.state for group in world.cloud()} == {"Succeeded"})
    await world.settle()
    await asyncio.sleep(3600)
    assert len(world.asked("write")) == 2
    assert world.asked("delete") == []
    ready, why, message = world.told(world.service("s"))["Ready"]
    assert (ready, why) == ("False", "Completed")
    assert "2 completed" in message
    assert world.told(world.service("s"))["Stalled"][0] == "False"


# -- how fast


async def test_a_start_that_fails_is_tried_later_and_later_also_after_a_restart(make_world: MakeWorld) -> None:
    world = make_world(seed=507, images=BROKEN, provisioning_timeout=60.0)
    await world.start()
    world.apply(samples.service("s", replicas=1, progressDeadlineSeconds=86_400))
    await world.until(lambda: len(world.asked("write")) == 5, within=1800)
    await world.crash()
    await world.start()
    await world.until(lambda: len(world.asked("write")) == 8, within=7200)
    gaps = between([entry.at for entry in world.asked("write")])
    assert all(later > 1.2 * sooner for sooner, later in pairwise(gaps[1:])), gaps
    assert gaps[-1] > 600
    world.portal.change({"images": {}})
    await world.converge("s", 1)
    assert "heals" not in world.service("s")["status"]


async def test_a_template_that_changes_ends_the_back_off(make_world: MakeWorld) -> None:
    world = make_world(seed=508, images={"*broken*": {"cannot_start": True}}, provisioning_timeout=60.0)
    await world.start()
    world.apply(samples.service("s", image="registry.test/broken:1", replicas=1, progressDeadlineSeconds=86_400))
    await world.until(lambda: len(world.asked("write")) == 7, within=7200)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 1, image="registry.test/api:2", within=300)


async def test_a_replica_that_served_for_long_is_replaced_at_once_and_one_that_did_not_later(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=509)
    await up(world, 1)
    await asyncio.sleep(900)
    pauses = []
    for _ in range(5):
        world.portal.remove(world.cloud()[0].name)
        removed, count = now(), len(world.asked("write"))
        await world.until(lambda count=count: len(world.asked("write")) > count)  # type: ignore[misc]
        pauses.append((now() - removed).total_seconds())
        await world.until(lambda: len(world.service("s")["status"]["ips"]) == 1)
    assert pauses[0] < 35
    assert pauses[1] < 35
    assert pauses[-1] > 45
    await asyncio.sleep(900)
    world.portal.remove(world.cloud()[0].name)
    await world.until(lambda: len(world.cloud()) == 1, within=35)
    await world.converge("s", 1)


# -- how many at once


async def test_a_region_that_fails_does_not_lose_what_may_recover(make_world: MakeWorld) -> None:
    world = make_world(seed=510)
    for name in ("a", "b", "c"):
        await up(world, 10, name)
    world.portal.change({"images": BROKEN})
    began = now()
    for group in world.cloud():
        world.portal.kill(group.name)
    await asyncio.sleep(600)
    assert 1 <= len(world.asked("delete", since=began)) <= 6, "a fifth of 30"
    assert "HealLimit" in {reason(world, name) for name in ("a", "b", "c")}
    await world.crash()
    await world.start()
    await asyncio.sleep(120)
    assert len(world.asked("delete", since=began)) <= 6, "a restart does not forget"
    world.portal.change({"images": {}, "provisioning_timeout": 60.0})
    for name in ("a", "b", "c"):
        await world.converge(name, 10)


async def test_groups_that_are_gone_are_replaced_all_the_same(make_world: MakeWorld) -> None:
    world = make_world(seed=511)
    await up(world, 30)
    for group in world.cloud():
        world.portal.remove(group.name)
    await world.until(lambda: len(world.cloud()) == 30, within=120)
    await world.converge("s", 30)


@pytest.mark.parametrize("replicas", [5, 10])
async def test_a_corrected_template_comes_up_although_more_crash_than_may_be_replaced_at_once(
    make_world: MakeWorld, replicas: int
) -> None:
    world = make_world(seed=513, images={"registry.test/broken:1": CRASHING["*"]})
    await world.start()
    world.apply(samples.service("s", replicas=replicas, image="registry.test/broken:1"))
    await asyncio.sleep(3600)
    assert not world.service("s")["status"].get("readyReplicas")
    world.apply(samples.service("s", replicas=replicas))
    await world.until(lambda: world.service("s")["status"].get("readyReplicas") == replicas, within=3 * 3600)
    await world.converge("s", replicas)


async def test_a_service_that_only_crashes_does_not_keep_others_from_being_healed(make_world: MakeWorld) -> None:
    world = make_world(seed=514, images={"registry.test/broken:1": CRASHING["*"]})
    await up(world, replicas=2, name="well")
    world.apply(samples.service("s", replicas=6, image="registry.test/broken:1"))
    await asyncio.sleep(3600)
    [killed, _] = [group for group in world.cloud() if group.name.startswith("well-")]
    world.portal.kill(killed.name)
    await world.until(lambda: world.service("well")["status"].get("readyReplicas") == 1, within=120)
    await world.until(lambda: world.service("well")["status"].get("readyReplicas") == 2, within=300)


def between(moments: list[datetime]) -> list[float]:
    return [(later - sooner).total_seconds() for sooner, later in pairwise(moments)]
