"""Azure's budgets of creates and deletes, on the real operator: shared fairly, used fully, never exceeded.

The same over a whole hour is one of the figures of `make bench`.
"""

import asyncio
from datetime import datetime, timedelta

import pytest
from aci_emulator.front.faults import Rule, answer
from aci_operator.kube.api import GROUPS, LEASES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.scenes import GROUP_PATH, LIST_PATH, MakeWorld, too_many
from tests.simulation.world import World

ROOM = {"group_quota": 2000, "core_quota": 2000, "start_latency": 5.0}


def sent(world: World, service: str = "", *, since: datetime | None = None) -> list[datetime]:
    """Return when creates were sent for a service, whose name is followed by nothing but numbers, or for all."""
    return [
        entry.at
        for entry, name in zip(world.asked("write", since=since), world.names("write", since=since), strict=True)
        if name.startswith(service)
    ]


def refused(world: World) -> list[int]:
    """Return the answers that told the operator of a budget overdrawn."""
    return [entry.status for entry in world.azure.record.entries if entry.status == 429]


def ahead(world: World, service: str, *, since: datetime) -> int:
    """Return how many others were sent before the first create of a service."""
    [first, *_] = sent(world, service)
    return sum(1 for at in sent(world, since=since) if at < first)


def message(world: World, service: str) -> str:
    return world.told(world.service(service))["Ready"][2]


async def others_create(world: World, count: int) -> None:
    """Somebody else, who has the same subscription."""
    scope = f"/subscriptions/{samples.SUBSCRIPTION}/resourceGroups/{samples.RESOURCE_GROUP}"
    for number in range(count):
        name = f"theirs-{now():%H%M%S}-{number}"
        path = f"{scope}/providers/Microsoft.ContainerInstance/containerGroups/{name}?api-version=2023-05-01"
        body = {"location": samples.LOCATION, "properties": _PROPERTIES}
        assert (await world.portal_put(path, body)).status == 201


async def serving(world: World, name: str, replicas: int, *, within: float = 600.0) -> None:
    await world.until(lambda: len(world.service(name).get("status", {}).get("ips", ())) == replicas, within=within)


async def test_twenty_services_fill_two_windows_and_leave_what_is_kept_for_heals(make_world: MakeWorld) -> None:
    world = make_world(seed=401, budget_headers=False, **ROOM)
    await world.start()
    for number in range(20):
        world.apply(samples.service(f"s{number:02}", replicas=10))
    await world.until(lambda: bool(sent(world)))
    began = now()
    await asyncio.sleep(590)
    assert len(sent(world)) >= 0.89 * 200
    each = [len(sent(world, f"s{number:02}-", since=began + timedelta(seconds=60))) for number in range(20)]
    assert max(each) - min(each) <= 2, "they take turns"
    world.apply(samples.service("lone", replicas=1))
    applied = now()
    await world.until(lambda: bool(sent(world, "lone-")))
    assert ahead(world, "lone-", since=applied) <= 2
    assert refused(world) == []


async def test_with_heals_the_whole_of_each_window_is_used(make_world: MakeWorld) -> None:
    world = make_world(seed=402, budget_headers=False, variants={"budget_window": "fixed"}, **ROOM)
    await world.start()
    world.apply(samples.service("frail", replicas=30))
    await world.until(lambda: bool(sent(world)))
    began = now()
    await serving(world, "frail", 30)
    for number in range(5):
        world.apply(samples.service(f"s{number}", replicas=30))
    for _ in range(2):
        for group in world.cloud("frail")[:10]:
            world.portal.remove(group.name)
        await asyncio.sleep(270)
    await asyncio.sleep((began + timedelta(seconds=590) - now()).total_seconds())
    assert len(sent(world)) >= 0.99 * 200
    assert len(sent(world, "frail-")) == 50
    assert refused(world) == []


async def test_a_heal_goes_ahead_of_three_hundred_that_wait(make_world: MakeWorld) -> None:
    world = make_world(seed=403, budget_headers=False, **ROOM)
    await world.start()
    world.apply(samples.service("web", replicas=2))
    await serving(world, "web", 2)
    world.apply(samples.service("big", replicas=300))
    await world.until(lambda: len(sent(world, "big-")) >= 88)
    await asyncio.sleep(60)
    lost = now()
    world.portal.remove(world.cloud("web")[0].name)
    await asyncio.sleep(40)
    assert len(sent(world, "web-", since=lost)) == 1, "noticed after 31 s, and sent at once"
    assert sent(world, "big-", since=lost) == []
    await serving(world, "web", 2)


@pytest.mark.parametrize("window", ["sliding", "fixed"])
async def test_a_lone_replica_waits_for_two_others_at_most(make_world: MakeWorld, window: str) -> None:
    world = make_world(seed=404, budget_headers=False, variants={"budget_window": window}, **ROOM)
    await world.start()
    world.apply(samples.service("big", replicas=150))
    await world.until(lambda: len(sent(world)) >= 90)
    await asyncio.sleep(60)
    since = now()
    world.apply(samples.service("lone", replicas=1))
    await world.until(lambda: bool(sent(world, "lone-")))
    assert ahead(world, "lone-", since=since) <= 2
    await world.converge("big", 150)
    assert refused(world) == []


async def test_who_waits_says_for_how_long_and_seldom_anew(make_world: MakeWorld) -> None:
    world = make_world(seed=405, **ROOM)
    await world.start()
    world.apply(samples.service("s", replicas=120))
    await world.until(lambda: len(sent(world)) >= 90)
    await asyncio.sleep(40)
    assert world.told(world.service("s"))["Reconciling"][1] == "WaitingForBudget"
    assert "waits for its turn, about 5 min" in message(world, "s")
    waiting = {m["metadata"]["name"] for m in world.groups() if world.told(m)["Ready"][1] == "WaitingForBudget"}
    assert len(waiting) == 30
    before = len(world.cluster.record.writes())
    await asyncio.sleep(220)
    assert "about 1 min" in message(world, "s")
    writes = [call for call in world.cluster.record.writes()[before:] if call.name in waiting]
    assert len(writes) <= 4 * len(waiting)
    await world.converge("s", 120)


async def test_deletes_take_turns_too(make_world: MakeWorld) -> None:
    world = make_world(seed=406, **ROOM)
    await world.start()
    world.apply(samples.service("web", replicas=1))
    await world.converge("web", 1)
    world.apply(samples.service("big", replicas=120))
    await world.converge("big", 120)
    world.delete("big")
    await world.until(lambda: len(world.asked("delete")) >= 100)
    await asyncio.sleep(30)
    since = now()
    world.delete("web")
    await world.ended("web")
    names = world.names("delete", since=since)
    assert [name.startswith("web-") for name in names[:3]].count(True) == 1
    await world.ended("big")
    assert refused(world) == []


@pytest.mark.parametrize("told", ["sent", "absent"])
async def test_nothing_is_sent_before_the_time_that_azure_gives(make_world: MakeWorld, told: str) -> None:
    """Azure's limit is lower than what the operator takes it for, and no header says so."""
    world = make_world(seed=407, budget_headers=False, budget_5m=5, variants={"throttle_retry_after": told}, **ROOM)
    await world.start()
    world.apply(samples.service("s", replicas=30))
    await world.converge("s", 30)


async def test_a_lower_limit_is_kept_to_by_what_azure_tells(make_world: MakeWorld) -> None:
    """Azure's limit is lower than documented, and the headers tell what is left of it."""
    world = make_world(seed=410, budget_5m=12, **ROOM)
    await world.start()
    world.apply(samples.service("s", replicas=60))
    await world.converge("s", 60, within=1800)
    assert refused(world) == []


async def test_what_other_clients_spend_is_not_spent_again(make_world: MakeWorld) -> None:
    world = make_world(seed=408, **ROOM)
    await world.start()
    await others_create(world, 30)
    world.apply(samples.service("s", replicas=80))
    await world.until(lambda: len(sent(world, "s-")) >= 60)
    await asyncio.sleep(100)
    await others_create(world, 5)
    await world.converge("s", 80)
    assert refused(world) == []


@pytest.mark.parametrize(("window", "end"), [("sliding", "crash"), ("fixed", "stop")])
async def test_a_restart_forgets_nothing_that_was_spent(make_world: MakeWorld, window: str, end: str) -> None:
    """Azure says nothing of what is left: only what the process before wrote down keeps the next one from a 429."""
    world = make_world(seed=409, budget_headers=False, variants={"budget_window": window}, **ROOM)
    await world.start()
    world.apply(samples.service("s", replicas=105))
    await world.until(lambda: len(sent(world)) >= 60)
    await (world.stop() if end == "stop" else world.crash())
    await world.start()
    await world.until(lambda: len(sent(world)) == 105)
    assert refused(world) == []


@pytest.mark.parametrize("headers", [{"Retry-After": "10"}, {}], ids=["told", "untold"])
async def test_a_storm_of_429_over_twenty_services_starves_none(make_world: MakeWorld, headers: dict[str, str]) -> None:
    """Azure takes four of five creates for too many, fifty times, whosever they are and whatever the budgets say."""
    world = make_world(seed=411, **ROOM)
    await world.start()
    refusal = answer(429, "TooManyRequests", headers=headers)
    storm = Rule("answer", operation="containerGroups/write", count=50, probability=0.8, seed=7, answer=refusal)
    world.azure.faults.add(storm)
    services = [f"s{number:02}" for number in range(20)]
    for name in services:
        world.apply(samples.service(name, replicas=3))
    for name in services:
        await serving(world, name, 3, within=3600)
    assert storm.spent
    tried = [name.partition("-")[0] for name in world.names("write")]
    assert set(tried[: 2 * len(services)]) == set(services), "each has had its turn after two rounds"
    await world.settle()
    for name in services:
        world.expect(name, 3)


async def test_a_time_without_a_leader_costs_nobody_its_place_in_the_line(make_world: MakeWorld) -> None:
    """Their turns come while nobody may write."""
    world = make_world(seed=615, budget_5m=4, budget_1h=40)
    await world.start()
    await asyncio.sleep(5)
    for number in range(12):
        world.apply(samples.group(f"old{number:02}"))
    await asyncio.sleep(20)
    world.apply(samples.service("young", replicas=12))
    for _ in range(3):
        await asyncio.sleep(205)
        out_of_reach = world.cluster.plant(Fault(Mode.FAIL, resource=LEASES, times=None))
        await asyncio.sleep(80)
        out_of_reach.times = 0
        await asyncio.sleep(15)
    old = {f"old{number:02}" for number in range(12)}
    await world.until(lambda: old <= {group.name for group in world.cloud()}, within=600)
    assert len(world.cloud("young")) <= 1
    world.check()


async def test_those_whose_turn_has_come_and_who_may_not_be_read_hold_nobody_back(make_world: MakeWorld) -> None:
    """A name that somebody chose is read before it is sent. The names of a service's replicas were drawn."""
    world = make_world(seed=961)
    await world.start()
    world.apply(samples.group("early"))
    await world.settle()
    world.azure.faults.add(Rule("answer", method="PUT", path=GROUP_PATH, answer=too_many(300)))
    world.apply(samples.group("first"))
    await asyncio.sleep(20)
    world.delete("first", resource=GROUPS)
    for number in range(12):
        world.apply(samples.group(f"mine{number}"))
        await asyncio.sleep(1.7)
    await asyncio.sleep(20)
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(190)
    world.azure.faults.add(Rule("answer", method="GET", path=LIST_PATH, answer=too_many(1800)))
    await world.until(lambda: len(world.cloud("s")) == 3, within=300)
    world.azure.faults.clear()
    await world.until(lambda: len(world.cloud()) == 16, within=3600)
    world.check()


_PROPERTIES = {
    "osType": "Linux",
    "containers": [
        {
            "name": "api",
            "properties": {
                "image": "registry.test/api:1",
                "resources": {"requests": {"cpu": 1, "memoryInGB": 1}},
            },
        }
    ],
}
