"""Rollouts by other strategies than the default, on the real operator: surge, Recreate, pause, deadline, stability."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aci_emulator.front.faults import Rule
from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.simulation.scenes import MakeWorld, up
from tests.simulation.world import World

OLD, NEW, BROKEN = "registry.test/api:1", "registry.test/api:2", "registry.test/broken:1"


def change(world: World, **spec: Any) -> None:
    """`kubectl patch`."""
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": spec})


def images(world: World) -> list[str]:
    return sorted(str(group.containers[0].image) for group in world.cloud())


async def follow(world: World, look: Callable[[], None], *, image: str = NEW) -> None:
    """Look at the world twice a second until the service has nothing but an image."""
    while True:
        look()
        status = world.service("s")["status"]
        conditions = {c["type"]: c["status"] for c in status["conditions"]}
        if set(images(world)) == {image} and conditions["Ready"] == "True":
            return
        await asyncio.sleep(0.5)


@pytest.mark.parametrize(
    ("block", "most", "least"),
    [
        pytest.param({"maxSurge": 0, "maxUnavailable": 1}, 4, 3, id="no surge"),
        pytest.param({"maxSurge": 1, "maxUnavailable": 0}, 5, 4, id="the default"),
        pytest.param({"maxSurge": "50%", "maxUnavailable": "25%", "canary": 0}, 6, 3, id="wide, no canary"),
        pytest.param({"maxSurge": 2, "canary": 2}, 6, 4, id="two canaries"),
    ],
)
async def test_a_rollout_keeps_its_bounds(make_world: MakeWorld, block: dict[str, Any], most: int, least: int) -> None:
    world = make_world(seed=301)
    await up(world, 4, strategy={"rollingUpdate": block})
    world.roll("s", NEW)
    serving: list[int] = []

    def look() -> None:
        assert len(world.cloud()) <= most
        serving.append(len(world.service("s")["status"].get("ips", [])))

    await follow(world, look)
    assert min(serving) >= least
    await world.converge("s", 4, image=NEW)


async def test_recreate_never_has_two_revisions_at_once(make_world: MakeWorld) -> None:
    world = make_world(seed=302)
    await up(world, 3, strategy={"type": "Recreate"})
    world.azure.faults.add(Rule("cut-before", method="DELETE", path="*/s-1-*"))  # one ends later than the others
    world.roll("s", NEW)

    def look() -> None:
        assert len(set(images(world))) <= 1

    await follow(world, look)
    await world.converge("s", 3, image=NEW)
    assert world.peak("s") == 3


async def test_paused_in_the_middle_it_heals_with_the_old_revision_and_goes_on_when_it_may(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=303)
    await up(world, 3)
    world.roll("s", NEW)
    await world.until(lambda: images(world).count(NEW) == 1)
    change(world, paused=True)
    await asyncio.sleep(200)
    assert images(world) == [OLD, OLD, OLD, NEW]
    assert world.told(world.service("s"))["Suspended"][0] == "True"
    world.portal.remove(next(group.name for group in world.cloud() if group.containers[0].image == OLD))
    await asyncio.sleep(200)
    assert images(world) == [OLD, OLD, NEW], "the new one that serves is one of the three"
    change(world, paused=False)
    await world.converge("s", 3, image=NEW)


async def test_past_its_deadline_a_rollout_stops_and_a_correction_takes_it_on(make_world: MakeWorld) -> None:
    world = make_world(seed=304, images={"*broken*": {"pull_fails": "always"}}, provisioning_timeout=1200.0)
    await up(world, 3, progressDeadlineSeconds=120)
    ips = world.service("s")["status"]["ips"]
    world.roll("s", BROKEN)
    await world.until(lambda: world.told(world.service("s"))["Stalled"][0] == "True")
    assert world.told(world.service("s"))["Ready"][1] == "ProgressDeadlineExceeded"
    since = now()
    await asyncio.sleep(3600)
    assert world.asked("write", since=since) == [], "no further groups"
    assert world.service("s")["status"]["ips"] == ips, "the old ones serve"
    world.roll("s", NEW)
    await world.converge("s", 3, image=NEW)


async def test_waiting_for_capacity_does_not_count_for_the_deadline(make_world: MakeWorld) -> None:
    world = make_world(seed=305)
    await up(world, 2, progressDeadlineSeconds=60)
    world.portal.change({"capacity": [{}]})
    world.roll("s", NEW)
    await asyncio.sleep(900)
    assert world.told(world.service("s"))["Stalled"][0] == "False"
    world.portal.change({"capacity": []})
    await world.converge("s", 2, image=NEW)


async def test_a_service_made_again_for_another_resource_group_moves_there(make_world: MakeWorld) -> None:
    """`--cascade=orphan` left its replicas, and the service of that name is to run elsewhere now."""
    world = make_world(seed=309, resource_groups=[f"{name}@{samples.LOCATION}" for name in ("services", "moved")])
    await up(world, 2)
    world.user.delete(Place(SERVICES, "default", "s"), cascade="orphan")
    await world.until(lambda: world.user.find(Place(SERVICES, "default", "s")) is None)
    world.apply(samples.service("s", replicas=2, resourceGroup="moved"))
    await world.converge("s", 2)
    assert {group.resource_group for group in world.cloud()} == {"moved"}


async def test_a_group_of_long_ago_in_a_place_that_is_no_longer_listed_is_taken_over_and_rolled_away(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=310)
    await up(world, 2)
    await world.stop()
    world.user.wipe_all(SERVICES, GROUPS)
    await world.start()
    world.apply(samples.service("s", replicas=2, placements=[{"location": "northeurope"}]))
    await world.until(lambda: len(world.groups()) >= 2)
    assert {m["spec"]["location"] for m in world.groups()} == {samples.LOCATION}, "where they are"
    await world.converge("s", 2)
    assert {group.region for group in world.cloud()} == {"northeurope"}


async def test_a_new_replica_counts_once_it_has_run_for_long_enough(make_world: MakeWorld) -> None:
    world = make_world(seed=306, start_latency=10.0)
    await up(world, 2, minReadySeconds=60)
    world.roll("s", NEW)
    await world.until(lambda: len(world.service("s")["status"]["ips"]) == 3)
    ready_at = now()
    await world.until(lambda: bool(world.asked("delete")))
    assert (now() - ready_at).total_seconds() >= 55
    await world.converge("s", 2, image=NEW)


async def test_a_crash_loop_never_passes_for_available(make_world: MakeWorld) -> None:
    """It runs for 20 s each time, so that many a look finds every container running."""
    world = make_world(seed=308, images={"*broken*": {"run": 20.0, "exit_code": 1}})
    await up(world, 3, minReadySeconds=30)
    ips = set(world.service("s")["status"]["ips"])
    world.roll("s", BROKEN)
    for _ in range(1200):
        assert images(world).count(OLD) == 3
        assert ips <= set(world.service("s")["status"]["ips"])
        await asyncio.sleep(2)
    world.roll("s", NEW)
    await world.converge("s", 3, image=NEW)


async def test_a_changed_least_time_reaches_running_groups_and_restarts_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=307)
    await up(world, 2)
    change(world, minReadySeconds=30)
    await world.converge("s", 2)
    assert [m["spec"]["minReadySeconds"] for m in world.groups()] == [30, 30]
    assert len(world.asked("write")) == 2


async def test_a_new_replica_that_somebody_removes_while_it_starts_costs_no_creates_but_its_own(
    make_world: MakeWorld,
) -> None:
    hangs = {"pull_fails": "always"}
    world = make_world(seed=901, images={"*:2": hangs, "registry.test/api:2": hangs})
    await world.start()
    world.apply(samples.service("s", replicas=3, strategy={"rollingUpdate": {"canary": 0}}))
    await world.converge("s", 3)
    old = {group.name for group in world.cloud()}
    world.roll("s", "registry.test/api:2")
    for _ in range(4):
        await world.until(lambda: len(world.cloud()) == 4, within=1200)
        await asyncio.sleep(40)  # it is no ghost any more
        writes, deletes = len(world.asked("write")), len(world.asked("delete"))
        [name] = {group.name for group in world.cloud()} - old
        world.portal.remove(name)
        await asyncio.sleep(300)
        assert len(world.asked("write")) - writes <= 2
        assert len(world.asked("delete")) == deletes


async def test_paused_in_its_first_rollout_it_ends_none_that_is_starting_for_one_of_its_own(
    make_world: MakeWorld,
) -> None:
    crashing, slow = {"*": {"run": 20.0, "exit_code": 1}}, {"*": {"pull": 1900.0}}
    world = make_world(seed=341, images=crashing, provisioning_timeout=86_400.0)
    await world.start()
    tight = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    world.apply(samples.service("s", replicas=3, strategy=tight, progressDeadlineSeconds=86_400))
    await world.until(lambda: bool(world.cloud()))
    world.portal.change({"images": slow})
    await world.until(lambda: world.service("s")["status"].get("readyReplicas", 0) > 0, within=1800)
    change(world, paused=True)
    await asyncio.sleep(1800)
    assert world.asked("delete") == []


async def test_past_the_deadline_a_new_one_that_crash_loops_lets_nothing_be_made_and_ended_again(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=342, variants={"delete_while_transitioning": "accepted"})

    def new() -> int:
        return sum(group.containers[0].image.endswith(":2") for group in world.cloud())

    await up(world, replicas=3, progressDeadlineSeconds=600)
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: new() == 1)
    world.portal.change({"images": {"*:2": {"run": 300.0, "exit_code": 1}}})
    await world.until(lambda: new() == 2)
    world.portal.change({"images": {"*:2": {"pull_fails": "always"}}})
    await world.until(lambda: world.told(world.service("s"))["Ready"][1] == "ProgressDeadlineExceeded", within=1800)
    writes, deletes = len(world.asked("write")), len(world.asked("delete"))
    await asyncio.sleep(3600)
    assert len(world.asked("write")) - writes <= 3
    assert len(world.asked("delete")) - deletes <= 3
    assert world.service("s")["status"]["readyReplicas"] == 3


async def test_a_template_that_mends_what_cannot_start_any_more_is_rolled_out(make_world: MakeWorld) -> None:
    world = make_world(seed=343, provisioning_timeout=60.0)
    await up(world, replicas=1)
    world.portal.change({"images": {"*:1": {"run": 300.0, "exit_code": 1}}})
    world.scale("s", 2)
    await world.until(lambda: len(world.cloud()) == 2)
    world.portal.change({"images": {"*:1": {"cannot_start": True}}})  # as after a password that was changed elsewhere
    await world.until(lambda: len(world.asked("write")) >= 4, within=7200)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 2, image="registry.test/api:2", within=7200)
