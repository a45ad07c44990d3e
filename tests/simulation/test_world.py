"""The world with the real operator in it: the main paths, and the machinery that the harder tests use."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aci_emulator.front.faults import Rule
from aci_operator.kube.api import GROUPS, SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.objects import Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]


async def up(world: World, replicas: int = 3) -> None:
    await world.start()
    world.apply(samples.service("s", replicas=replicas))
    await world.settle()


def puts(world: World) -> list[str]:
    return [entry.path.rsplit("/")[-1] for entry in world.azure.record.entries if entry.method == "PUT"]


async def test_a_service_comes_up(make_world: MakeWorld) -> None:
    world = make_world(seed=1)
    await up(world)
    status = world.service("s")["status"]
    assert len(world.cloud("s")) == 3
    assert sorted(status["ips"]) == sorted(str(group.ip) for group in world.cloud("s"))
    assert len(puts(world)) == 3


async def test_the_same_seed_gives_the_same_world(make_world: MakeWorld) -> None:
    stories = []
    for _ in range(2):
        world = make_world(seed=5)
        began = now()
        await up(world)
        stories.append(
            [
                (call.at - began, call.verb, call.name, call.outcome)
                for call in world.cluster.record.writes("operator")
                if call.resource in (SERVICES, GROUPS)
            ]
        )
        await world.close()
    assert stories[0] == stories[1]


async def test_scaling_up_and_down(make_world: MakeWorld) -> None:
    world = make_world(seed=3)
    await up(world)
    for replicas in (10, 2, 0, 1):
        world.scale("s", replicas)
        await world.settle()
        assert len(world.cloud("s")) == replicas
    assert len(puts(world)) == len(set(puts(world)))


async def test_deleting_leaves_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=4)
    await up(world)
    world.delete("s")
    await world.settle()
    assert world.cloud() == []
    assert world.groups() == []
    assert world.user.find(Place(SERVICES, "default", "s")) is None


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("kind", ["hold-before", "hold-after"])
async def test_a_crash_in_the_middle_of_a_put(make_world: MakeWorld, kind: str, *, lost: bool) -> None:
    world = make_world(seed=6)
    world.azure.faults.add(Rule(kind, method="PUT", count=1))  # type: ignore[arg-type]
    await world.start()
    world.apply(samples.service("s", replicas=3))
    await world.until(lambda: bool(world.azure.held))
    await world.crash(lost=lost)
    world.azure.faults.clear()
    await world.start()
    await world.settle()
    assert len(world.cloud("s")) == 3
    assert len(world.service("s")["status"]["ips"]) == 3


@pytest.mark.parametrize("mode", [Mode.HOLD_BEFORE, Mode.HOLD_AFTER])
@pytest.mark.parametrize("verb", ["create", "replace_status", "patch"])
async def test_a_crash_in_the_middle_of_a_write_to_the_cluster(make_world: MakeWorld, verb: str, mode: Mode) -> None:
    world = make_world(seed=7)
    fault = world.cluster.plant(Fault(mode, verbs=frozenset({verb}), client="operator"))
    if verb == "create":
        fault.resource = GROUPS
    await world.start()
    world.apply(samples.service("s", replicas=2))
    await fault.reached.wait()
    await world.crash()
    world.cluster.heal()
    await world.start()
    await world.settle()
    assert len(world.cloud("s")) == 2


async def test_an_answer_to_a_put_that_is_cut_off(make_world: MakeWorld) -> None:
    world = make_world(seed=8)
    world.azure.faults.add(Rule("cut-after", method="PUT", count=1))
    await up(world, replicas=1)
    assert len(world.cloud("s")) == 1
    assert len(puts(world)) == 1


async def test_a_second_operator_while_the_first_is_stopped(make_world: MakeWorld) -> None:
    world = make_world(seed=9)
    await up(world, replicas=2)
    world.operators["operator"].process.pause()
    await world.start("second")
    world.scale("s", 5)
    await world.until(lambda: len(world.cloud("s")) == 5)
    world.operators["operator"].process.resume()
    world.scale("s", 3)
    await world.settle()
    assert len(world.cloud("s")) == 3


async def test_an_orderly_stop_gives_the_lease_back(make_world: MakeWorld) -> None:
    world = make_world(seed=10)
    await up(world, replicas=1)
    await world.stop()
    await world.start("second")
    at = now()
    world.scale("s", 2)
    await world.until(lambda: len(world.cloud("s")) == 2)
    assert now() - at < timedelta(seconds=10)


async def test_a_deleted_crd_ends_the_groups_and_a_new_one_is_served(make_world: MakeWorld) -> None:
    world = make_world(seed=11)
    await up(world, replicas=2)
    for resource in (SERVICES, GROUPS):
        world.user.delete_crd(resource)
    await world.until(lambda: not world.cloud() and not {SERVICES, GROUPS} & set(world.cluster.objects.kinds))
    for resource in (SERVICES, GROUPS):
        world.user.install_crd(resource)
    world.apply(samples.service("again", replicas=1))
    await world.settle()
    assert len(world.cloud("again")) == 1
