"""Quotas from the usages API, on the real operator: what must be refused is not sent; a wrong answer stops nobody."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

import pytest
from aci_emulator.front.faults import Rule

from tests.model import samples
from tests.model.clock import now
from tests.simulation.world import World

MakeWorld = Callable[..., World]
WEST, NORTH = samples.LOCATION, "northeurope"
GROUPS = [f"{samples.RESOURCE_GROUP}@{WEST}"]


def refused(world: World) -> int:
    return sum(entry.status == 400 for entry in world.asked("write"))


def told(world: World) -> tuple[str, str]:
    _, reason, message = world.told(world.service("s"))["Ready"]
    return reason, message


def reads(world: World) -> int:
    return sum(entry.operation == "usages/read" for entry in world.azure.record.entries)


async def test_the_next_place_is_taken_without_a_refusal(make_world: MakeWorld) -> None:
    world = make_world(seed=601, quotas={WEST: {"ContainerGroups": 5}})
    await world.start()
    world.apply(samples.service("s", replicas=8, placements=[{"location": WEST}, {"location": NORTH}]))
    await world.converge("s", 8)
    assert sorted(group.region for group in world.cloud()) == [NORTH] * 3 + [WEST] * 5
    assert refused(world) == 0
    before = reads(world)
    await asyncio.sleep(3600)
    assert reads(world) == before, "at rest nothing is read"


async def test_the_service_says_how_much_is_used(make_world: MakeWorld) -> None:
    world = make_world(seed=602, quotas={WEST: {"StandardCores": 4}})
    await world.start()
    world.apply(samples.service("s", replicas=6))
    await world.until(lambda: len(world.service("s").get("status", {}).get("ips", ())) == 4)
    await asyncio.sleep(30)
    reason, message = told(world)
    assert (reason, refused(world)) == ("QuotaExceeded", 0)
    assert message == "4 of 6 replicas ready; 4 of 4 cores in westeurope are used, and it needs 1"
    world.scale("s", 4)
    await world.converge("s", 4)


async def test_a_rollout_that_waits_for_quota_says_so(make_world: MakeWorld) -> None:
    world = make_world(seed=603, quotas={WEST: {"ContainerGroups": 2}})
    await world.start()
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    world.roll("s", "registry.test/api:2")
    await world.until(lambda: told(world)[0] == "QuotaBlocksSurge")
    assert "2 of 2 container groups in westeurope are used" in told(world)[1]


@pytest.mark.parametrize("kind", ["forbidden", "cut-before", "hold-before"])
async def test_an_answer_that_does_not_come_stops_nobody(
    make_world: MakeWorld, kind: Literal["forbidden", "cut-before", "hold-before"]
) -> None:
    world = make_world(seed=604, quotas={WEST: {"ContainerGroups": 3}})
    await world.start()
    world.azure.faults.add(Rule(kind, path="*/usages", count=None))
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)


async def test_a_wrong_answer_costs_minutes(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure says that all is used, and would take every create."""
    monkeypatch.setattr("aci_emulator.arm.locations.math", _Full)
    world = make_world(seed=605)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    began = now()
    await world.until(lambda: len(world.cloud("s")) == 3, within=1800)
    assert now() - began <= timedelta(minutes=15)


class _Full:
    """Every quota of usages is 1 of 1."""

    @staticmethod
    def ceil(_: float) -> int:
        return 1
