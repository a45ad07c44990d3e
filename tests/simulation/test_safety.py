"""Safety, row by row: what an operator like this must never do. Each row is red with the bug it is there for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aci_emulator.front.faults import Rule, answer
from aci_emulator.wire import Response
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS, LEASES, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.scenes import GROUP_PATH, LIST_PATH
from tests.simulation.world import World

MakeWorld = Callable[..., World]
PLACE: dict[str, Any] = {"resource_group": samples.RESOURCE_GROUP, "location": samples.LOCATION}


async def running(make_world: MakeWorld, replicas: int | None = 1, **settings: Any) -> World:
    """Return a world in which a service is up; with None there is none yet."""
    world = make_world(seed=7, **settings)
    await world.start()
    if replicas is not None:
        world.apply(samples.service("s", replicas=replicas))
        await world.converge("s", replicas)
    return world


async def test_an_apply_reads_no_more_than_it_must(make_world: MakeWorld) -> None:
    world = await running(make_world, 20, start_latency=20.0)
    assert len(world.asked("write")) == 20
    began = world.asked("write")[0].at
    early = [entry for entry in world.asked("read") if entry.at <= began + timedelta(seconds=90)]
    assert len(early) <= 1.05 * 20 + 2 + 20  # and one health turn


async def test_a_lost_answer_makes_no_second_group(make_world: MakeWorld) -> None:
    world = await running(make_world, None, read_lag=20.0)
    world.azure.faults.add(Rule("cut-after", method="PUT"))
    world.apply(samples.service("s", replicas=1))
    await world.converge("s", 1)
    assert len(world.names("write")) == 1


async def test_a_put_that_takes_effect_late_is_not_left_behind(make_world: MakeWorld) -> None:
    world = await running(make_world, None)
    world.azure.faults.add(Rule("hold-before", method="PUT", late=True))
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.azure.held))
    world.delete("s")
    await asyncio.sleep(28)  # the request was given up after 20 s, and Azure shows nothing yet
    world.azure.faults.clear()
    await world.ended("s")


async def test_the_object_stays_until_its_group_has_gone(make_world: MakeWorld) -> None:
    world = await running(make_world, 1)
    world.azure.faults.add(Rule("answer", method="DELETE", answer=answer(202)))
    world.delete("s")
    await world.ended("s")


async def test_a_bare_group_has_its_finalizer_before_its_put(make_world: MakeWorld) -> None:
    world = await running(make_world, None)
    world.apply(samples.group("mine"))
    await world.until(lambda: world.groups()[0].get("status", {}).get("state") == "Running")
    world.check()


async def test_a_plan_from_a_stale_look_is_thrown_away(make_world: MakeWorld) -> None:
    world = await running(make_world, 3)
    shell = world.operators["operator"].shell
    assert shell is not None
    shell.watches[SERVICES].freeze()
    world.scale("s", 1)
    world.invariants.converged(now())  # from now on no more than one and its surge
    world.portal.remove(world.cloud()[0].name)
    await asyncio.sleep(100)
    world.check()
    shell.watches[SERVICES].thaw()
    await world.converge("s", 1)


async def test_a_scale_down_keeps_those_that_serve(make_world: MakeWorld) -> None:
    world = await running(make_world, 3)
    serving = {group.name for group in world.cloud()}
    world.arm.settings = world.arm.settings.changed({"start_latency": 1200.0})
    world.scale("s", 6)
    await world.until(lambda: len(world.cloud()) == 6)
    world.scale("s", 3)
    await world.converge("s", 3)
    assert {group.name for group in world.cloud()} == serving


async def test_a_rollout_has_one_more_at_most(make_world: MakeWorld) -> None:
    world = await running(make_world, 3)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 3, image="registry.test/api:2")


async def test_a_change_of_mind_while_all_start_counts_those_that_end(make_world: MakeWorld) -> None:
    world = await running(make_world, None, start_latency=300.0)
    world.apply(samples.service("s", replicas=3))
    await world.until(lambda: len(world.cloud()) == 3)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 3, image="registry.test/api:2")


async def wipe(world: World) -> list[str]:
    """All objects are gone, and their finalizers were cleared by hand."""
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    await world.start()
    return sorted(group.name for group in world.cloud())


async def test_young_orphans_are_left_alone(make_world: MakeWorld) -> None:
    world = await running(make_world, None, operator={"collect_every": 30})
    world.apply(samples.service("s", replicas=2))
    await world.until(lambda: len(world.service("s").get("status", {}).get("ips", ())) == 2)
    names = await wipe(world)
    await asyncio.sleep(200)
    assert sorted(group.name for group in world.cloud()) == names


async def test_orphans_of_one_round_are_left_alone(make_world: MakeWorld) -> None:
    world = await running(make_world, 2)
    names = await wipe(world)
    await asyncio.sleep(1000)
    assert sorted(group.name for group in world.cloud()) == names


async def foreign(make_world: MakeWorld, **changed: str) -> None:
    world = await running(make_world, None)
    tags = {
        keys.TAG_CLUSTER: world.invariants.cluster_id,
        keys.TAG_NAMESPACE: "default",
        keys.TAG_NAME: "mine",
        keys.TAG_UID: "d6e0f9a3-0000-4000-8000-000000000000",
        **changed,
    }
    world.portal.place(name="mine", tags=tags, **PLACE)
    world.apply(samples.group("mine"))
    await asyncio.sleep(120)
    world.check()
    world.delete("mine", resource=GROUPS)
    await world.settle()
    assert [group.name for group in world.cloud()] == ["mine"]


async def test_a_group_of_another_cluster_is_not_taken_over(make_world: MakeWorld) -> None:
    await foreign(make_world, **{keys.TAG_CLUSTER: "another"})


async def test_a_group_of_another_uid_is_left_alone(make_world: MakeWorld) -> None:
    await foreign(make_world, **{keys.TAG_NAME: "yours"})


async def test_nothing_is_sent_once_the_lease_has_run_out(make_world: MakeWorld) -> None:
    world = await running(make_world, 1)
    world.azure.faults.add(Rule("answer", method="DELETE", count=None, answer=answer(503, "ServerTimeout")))
    world.delete("s")
    await world.until(lambda: bool(world.asked("delete")))
    world.cluster.plant(Fault(Mode.FAIL, client="operator", times=None))
    at = now()
    await asyncio.sleep(300)
    assert world.asked("delete", since=at + timedelta(seconds=31)) == []


async def test_without_the_lease_nothing_is_written_to_objects_either(make_world: MakeWorld) -> None:
    world = await running(make_world, 1)
    world.cluster.plant(Fault(Mode.FAIL, client="operator", resource=LEASES, times=None))
    await asyncio.sleep(60)
    at = now()
    world.apply(samples.service("new", replicas=1))
    world.delete("s")
    await asyncio.sleep(60)
    assert world.cluster.record.writes("operator", since=at) == []


async def blind_reads(make_world: MakeWorld, refusal: Response | None) -> None:
    """LISTs that are empty by mistake, and reads that are refused."""
    world = await running(make_world, 2)
    names = sorted(group.name for group in world.cloud())
    empty = Response.of(200, {"value": []})
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=None, answer=empty))
    if refusal is not None:
        world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=None, answer=refusal))
    await asyncio.sleep(300)
    world.azure.faults.clear()
    await world.converge("s", 2)
    assert sorted(group.name for group in world.cloud()) == names


async def test_a_put_without_an_answer_delays_nobody(make_world: MakeWorld) -> None:
    world = await running(make_world, 1)
    world.azure.faults.add(Rule("hold-before", method="PUT", path="*/containergroups/slow-*"))
    world.apply(samples.service("slow", replicas=1))
    await world.until(lambda: bool(world.azure.held))
    world.apply(samples.service("t", replicas=1))
    await asyncio.sleep(2)
    assert any(name.startswith("t-") for name in world.names("write"))


async def test_empty_lists_end_nothing(make_world: MakeWorld) -> None:
    await blind_reads(make_world, None)


async def test_unauthorized_reads_end_nothing(make_world: MakeWorld) -> None:
    await blind_reads(make_world, answer(401, "ExpiredAuthenticationToken"))


async def test_forbidden_reads_end_nothing(make_world: MakeWorld) -> None:
    await blind_reads(make_world, answer(403, "AuthorizationFailed"))


async def test_a_scale_down_shows_no_ip_of_those_that_went(make_world: MakeWorld) -> None:
    world = await running(make_world, 3)
    world.scale("s", 1)
    await world.settle()
    world.expect("s", 1)


async def test_throttled_reads_wait_as_long_as_azure_says(make_world: MakeWorld) -> None:
    world = await running(make_world, 2)
    response = answer(429, "TooManyRequests", headers={"Retry-After": "200"})
    world.azure.faults.add(Rule("answer", method="GET", path=GROUP_PATH, count=2, answer=response))
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, count=1, answer=response))
    await asyncio.sleep(400)
    world.check()


async def test_a_leader_that_was_stopped_and_goes_on_fights_nobody_over_statuses(make_world: MakeWorld) -> None:
    """It does not know of the Lease's new holder yet, nor of what Azure told that one."""
    world = make_world(seed=7, start_latency=300.0)
    old = await world.start("one")
    await asyncio.sleep(5)
    await world.start("two")
    old.process.pause()
    await asyncio.sleep(90)
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: bool(world.cloud()))
    world.delete("s")
    await world.until(lambda: world.told(world.groups()[0])["Ready"][1] == "Transitioning")
    world.cluster.plant(Fault(Mode.FAIL, verbs=frozenset({"replace"}), resource=LEASES, client="one", times=3))
    old.process.resume()
    await asyncio.sleep(30)
    world.check()
