"""Placement on the real operator: zones, places without room, what services tell one another, and no way back."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from aci_operator.api.reasons import Reason
from aci_operator.core.shortage import LASTS
from aci_operator.kube.api import SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation.scenes import MakeWorld, events, up
from tests.simulation.world import World

WEST, NORTH = "westeurope", "northeurope"
BOTH = [{"location": WEST}, {"location": NORTH}]
ZONED = [{"location": WEST, "zones": ["1", "2", "3"]}]
NEW = "registry.test/api:2"


def regions(world: World, service: str = "s") -> Counter[str]:
    return Counter(group.region for group in world.cloud(service))


def zones(world: World) -> Counter[str]:
    return Counter((group.zones or ["none"])[0] for group in world.cloud())


def told(world: World, name: str = "s") -> tuple[str, str]:
    """Reason and message of Ready."""
    return world.told(world.service(name))["Ready"][1:]


def refused(world: World) -> int:
    return sum(1 for entry in world.asked("write") if (entry.status or 0) >= 400)


# -- zones


async def test_zones_are_even_while_growing_rolling_and_shrinking(make_world: MakeWorld) -> None:
    world = make_world(seed=601)
    await up(world, 7, placements=ZONED)
    assert sorted(zones(world).values()) == [2, 2, 3]
    world.roll("s", NEW)
    await world.converge("s", 7, image=NEW)
    assert sorted(zones(world).values()) == [2, 2, 3]
    world.scale("s", 3)
    await world.converge("s", 3)
    assert zones(world) == {"1": 1, "2": 1, "3": 1}


async def test_a_full_zone_is_left_out(make_world: MakeWorld) -> None:
    world = make_world(seed=602, capacity=[{"location": WEST, "zone": "2"}])
    await up(world, 4, placements=ZONED)
    assert zones(world) == {"1": 2, "3": 2}
    assert told(world)[1] == "4 of 4 replicas ready; passed over: NoCapacity in westeurope, zone 2"


async def test_a_zone_that_was_full_is_filled_up_and_kept_by_a_scale_down(make_world: MakeWorld) -> None:
    world = make_world(seed=610, capacity=[{"location": WEST, "zone": "2"}])
    await up(world, 4, placements=ZONED)
    world.portal.change({"capacity": []})
    await asyncio.sleep(LASTS[Reason.NO_CAPACITY].total_seconds())
    world.scale("s", 6)
    await world.converge("s", 6)
    assert zones(world) == {"1": 2, "2": 2, "3": 2}
    assert told(world)[1] == "6 of 6 replicas ready", "where they are is as good as elsewhere"
    world.scale("s", 3)
    await world.converge("s", 3)
    assert zones(world) == {"1": 1, "2": 1, "3": 1}


async def test_asking_for_zones_moves_nothing_and_taking_one_out_rolls_it_away(make_world: MakeWorld) -> None:
    world = make_world(seed=603)
    await up(world, 2)
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": {"placements": ZONED}})
    await world.converge("s", 2)
    assert zones(world) == {"none": 2}
    world.scale("s", 4)
    await world.converge("s", 4)
    assert zones(world) == {"none": 2, "1": 1, "2": 1}
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": {"placements": [{"location": WEST, "zones": ["3"]}]}})
    await world.converge("s", 4)
    assert zones(world) == {"none": 2, "3": 2}


@pytest.mark.parametrize("zone", ["1", "2", "3"])
async def test_a_lost_replica_comes_back_in_its_zone(make_world: MakeWorld, zone: str) -> None:
    world = make_world(seed=611)
    await up(world, 3, placements=ZONED)
    [name] = [group["metadata"]["name"] for group in world.groups() if group["spec"]["zone"] == zone]
    world.portal.kill(name)
    await world.until(lambda: all(group.name != name for group in world.cloud()), within=3600)
    await world.converge("s", 3)
    assert zones(world) == {"1": 1, "2": 1, "3": 1}


# -- no capacity


async def test_a_full_region_is_passed_over_and_what_runs_elsewhere_stays_there(make_world: MakeWorld) -> None:
    world = make_world(seed=604, capacity=[{"location": WEST}])
    await up(world, 3, placements=BOTH)
    assert regions(world) == {NORTH: 3}
    assert any(WEST in message and "NoCapacity" in message for message in events(world, "DeletedGroup"))
    assert any(NORTH in message for message in events(world, "CreatedGroup"))
    assert world.service("s")["status"]["location"] == NORTH
    world.portal.change({"capacity": []})
    await asyncio.sleep(3600)
    assert regions(world) == {NORTH: 3}, "nothing that runs is moved"
    world.roll("s", NEW)
    await world.converge("s", 3, image=NEW)
    assert regions(world) == {WEST: 3}, "a rollout comes back"


async def test_a_second_service_makes_no_refused_put(make_world: MakeWorld) -> None:
    world = make_world(seed=605, capacity=[{"location": WEST}])
    await up(world, 1, placements=BOTH)
    before = refused(world)
    await up(world, 2, "t", placements=BOTH)
    assert (before, refused(world)) == (1, 1)
    assert regions(world, "t") == {NORTH: 2}
    assert told(world, "t") == ("Ready", "2 of 2 replicas ready; passed over: NoCapacity in westeurope")
    [made] = [message for message in events(world, "CreatedGroup") if "t-" in message]
    assert made.startswith("creating 2 (Scaling, in northeurope; passed over: NoCapacity in westeurope): t-")


async def test_where_all_is_full_nobody_asks_again_at_once(make_world: MakeWorld) -> None:
    world = make_world(seed=612, capacity=[{}])
    await world.start()
    world.apply(samples.service("s", replicas=2))
    await world.until(lambda: refused(world) > 0)
    await asyncio.sleep(LASTS[Reason.NO_CAPACITY].total_seconds() - 10)
    assert refused(world) <= 2, "nobody asks again before the shortage may be over"


async def test_capacity_that_fails_late_is_deleted_and_the_next_place_is_taken(make_world: MakeWorld) -> None:
    world = make_world(seed=606, capacity=[{"location": WEST, "late": True}])
    await up(world, 2, placements=BOTH)
    assert regions(world) == {NORTH: 2}
    await up(world, 1, "t", placements=BOTH)
    assert regions(world, "t") == {NORTH: 1}
    assert [name for name in world.names("write") if name.startswith("t-")] == [world.cloud("t")[0].name]


async def test_while_all_is_full_it_waits_says_where_and_goes_on_when_there_is_room(make_world: MakeWorld) -> None:
    world = make_world(seed=607, capacity=[{}])
    await world.start()
    world.apply(samples.service("s", replicas=2, placements=BOTH))
    await asyncio.sleep(120)
    reason, message = told(world)
    assert reason == "NoCapacity"
    assert WEST in message
    assert NORTH in message
    assert world.told(world.service("s"))["Stalled"][0] == "False"
    seen = refused(world)
    await asyncio.sleep(120)
    assert refused(world) == seen, "nobody asks again before the shortage may be over"
    world.portal.change({"capacity": []})
    began = now()
    await world.converge("s", 2)
    assert now() - began < LASTS[Reason.NO_CAPACITY] + timedelta(minutes=5)


# -- quota


async def test_a_quota_that_is_used_up_sends_to_the_next_region(make_world: MakeWorld) -> None:
    world = make_world(seed=608, quotas={WEST: {"ContainerGroups": 2}})
    await up(world, 4, placements=BOTH)
    assert regions(world) == {WEST: 2, NORTH: 2}
    world.scale("s", 2)
    await world.converge("s", 2)
    assert regions(world) == {WEST: 2}, "the last placement goes first"


async def test_a_surge_that_the_quota_blocks_is_told_with_advice_that_helps(make_world: MakeWorld) -> None:
    world = make_world(seed=609, quotas={WEST: {"ContainerGroups": 3}})
    await up(world, 3)
    world.roll("s", NEW)
    await world.until(lambda: told(world)[0] == "QuotaBlocksSurge")
    assert "maxUnavailable" in told(world)[1]
    block = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": {"strategy": block}})
    await world.converge("s", 3, image=NEW)


async def test_while_no_place_has_room_one_asks_at_a_time_and_nothing_goes_to_and_fro(make_world: MakeWorld) -> None:
    """The shortages of two places end at nearly the same moment, again and again."""
    world = make_world(seed=620)
    await world.start()
    world.portal.change({"capacity": [{}]})
    world.apply(samples.service("s", replicas=6, placements=BOTH))
    await asyncio.sleep(900)
    names, since = {group["metadata"]["name"] for group in world.groups()}, now()
    await asyncio.sleep(7200)
    assert len(world.groups()) == 6
    assert len(names & {group["metadata"]["name"] for group in world.groups()}) >= 5
    assert len(world.asked("write", since=since)) <= 2 * 7200 / 300 + 2
    world.portal.change({"capacity": []})
    await world.converge("s", 6)


# -- subnets


async def test_the_first_group_in_a_subnet_goes_alone_and_none_is_refused(make_world: MakeWorld) -> None:
    subnet = "/subscriptions/s/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/fresh"
    world = make_world(seed=640)
    await world.start()
    world.apply(samples.service("s", replicas=5, network={"type": "Private", "subnetId": subnet}))
    await world.until(lambda: len(world.asked("write")) == 1)
    await asyncio.sleep(6)
    assert len(world.asked("write")) == 1
    assert told(world)[0] == Reason.WAITING_FOR_BUDGET
    assert "the first container group in a subnet goes alone" in told(world)[1]
    await world.converge("s", 5)
    assert refused(world) == 0
