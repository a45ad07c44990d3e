"""Rows of the table that count: requests of an apply, silence at rest, scaling."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest
from aci_operator.api import keys

from tests.model import samples
from tests.model.clock import now
from tests.simulation.world import World

MakeWorld = Callable[..., World]
DAY = 24 * 3600.0


@pytest.mark.parametrize("replicas", [3, 20, 100])
async def test_apply_costs_what_it_must(make_world: MakeWorld, replicas: int) -> None:
    budget = {"budget_5m": 200}  # of 100, some would be kept for heals, and the others read while the last ones wait
    world = make_world(seed=replicas, start_latency=20.0, group_quota=200, core_quota=200, **budget)
    await world.start()
    began = now()
    world.apply(samples.service("s", replicas=replicas))
    await world.until(lambda: world.service("s").get("status", {}).get("readyReplicas") == replicas)
    took = (now() - began).total_seconds()
    world.expect("s", replicas)
    assert len(world.asked("write")) == replicas
    assert len(world.asked("read")) <= 1.05 * replicas + 2
    assert len(world.asked("list")) <= took / 5 + 3
    assert world.asked("delete") == world.asked("tags") == []
    assert len({group.ip for group in world.cloud()}) == replicas


async def test_lists_come_every_30_seconds_at_rest_and_every_5_while_something_starts(make_world: MakeWorld) -> None:
    world = make_world(seed=12, start_latency=600.0)
    await world.start()
    world.apply(samples.service("s", replicas=2))
    await asyncio.sleep(60)
    busy = now()
    await asyncio.sleep(300)
    pauses = [(b.at - a.at).total_seconds() for a, b in pairwise(world.asked("list", since=busy))]
    assert pauses == pytest.approx([5.0] * len(pauses), abs=0.2)
    assert len(pauses) >= 58
    await world.settle()
    quiet = now()
    await asyncio.sleep(3600)
    pauses = [(b.at - a.at).total_seconds() for a, b in pairwise(world.asked("list", since=quiet))]
    assert pauses == pytest.approx([30.0] * len(pauses), abs=0.2)
    assert len(pauses) >= 118
    assert len(world.asked("read", since=quiet)) <= 2 * 61


async def test_a_day_of_silence_before_and_after_a_restart(make_world: MakeWorld) -> None:
    world = make_world(seed=13)
    await world.start()
    for name, replicas in (("a", 1), ("b", 1), ("c", 0)):
        world.apply(samples.service(name, replicas=replicas))
    await world.settle()

    async def silent(seconds: float, since: datetime) -> None:
        await asyncio.sleep(seconds)
        world.check()
        assert world.cluster.record.writes("operator", since=since) == []
        assert {entry.method for entry in world.azure.record.entries if entry.at >= since} == {"GET"}

    await silent(DAY, now())
    for end in (world.stop, world.crash):
        since = now()
        await end()
        await world.start()
        await silent(2 * 3600, since)


async def test_scaling_has_the_right_count_and_peak_each_time_and_no_name_twice(make_world: MakeWorld) -> None:
    world = make_world(seed=14)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await world.settle()
    before = 3
    for replicas in (10, 2, 0, 1):
        world.portal.reset_peak()
        world.scale("s", replicas)
        await world.settle()
        world.expect("s", replicas)
        assert world.peak("s") <= max(before, replicas) + 1
        before = replicas
    assert len(world.names("write")) == len(set(world.names("write"))) == 11
    serials = [name.split("-")[1] for name in world.names("write")]
    assert len(serials) == len(set(serials))


async def test_a_name_is_never_given_again(make_world: MakeWorld) -> None:
    world = make_world(seed=18)
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await world.converge("s", 1)
    world.scale("s", 0)
    await world.converge("s", 0)
    world.scale("s", 1)
    await world.converge("s", 1)
    assert len(set(world.names("write"))) == 2


async def test_scaling_down_takes_those_first_that_serve_nobody(make_world: MakeWorld) -> None:
    world = make_world(seed=15)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await world.settle()
    serving = {group.name for group in world.cloud()}
    world.arm.settings = world.arm.settings.changed({"start_latency": 1200.0})
    world.scale("s", 6)
    await world.until(lambda: len(world.cloud()) == 6)
    world.scale("s", 3)
    await world.settle()
    world.expect("s", 3)
    assert {group.name for group in world.cloud()} == serving


async def test_a_group_that_starts_late_shows_its_ip_soon_after_it_runs(make_world: MakeWorld) -> None:
    world = make_world(seed=16, start_latency=47.0)
    await world.start()
    world.apply(samples.service("s", replicas=1))
    await world.until(lambda: any(group.ip for group in world.cloud()))
    runs = now()
    await world.until(lambda: bool(world.service("s")["status"]["ips"]))
    assert (now() - runs).total_seconds() <= 6.5


async def test_the_first_visit_leaves_a_condition(make_world: MakeWorld) -> None:
    world = make_world(seed=17)
    await world.start()
    await asyncio.sleep(5)
    world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(1)
    told = world.told(world.service("s"))
    assert told["Ready"][0] == "False"
    assert told["Reconciling"][0] == "True"
    assert keys.FINALIZER in world.service("s")["metadata"]["finalizers"]
