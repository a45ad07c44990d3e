"""Rows of the table: SIGKILL at each point, for each replica, and at random moments of a whole life."""

import asyncio
import random
from collections.abc import Callable

import pytest
from aci_emulator.front.faults import Rule
from aci_emulator.wire import Request, Response
from aci_operator.kube.api import GROUPS, SERVICES, Resource

from tests.model import samples
from tests.model.faults import Fault, Mode
from tests.simulation.world import World

MakeWorld = Callable[..., World]
REPLICAS = 3
SKIPS = [0, 1, 2]
QUICK_LEASE = {"lease_duration": 8, "lease_renew_every": 1, "write_window": 4}


async def kill_at(world: World, fault: Fault, *, lost: bool = False) -> None:
    """Kill the operator where a call to the API server is held, and start another."""
    await fault.reached.wait()
    await world.crash(lost=lost)
    world.cluster.heal()
    await world.start()


def hold(world: World, mode: Mode, verb: str, resource: Resource, *, skip: int = 0) -> Fault:
    return world.cluster.plant(
        Fault(mode, verbs=frozenset({verb}), resource=resource, client="operator", skip=skip, times=1)
    )


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("mode", [Mode.HOLD_BEFORE, Mode.HOLD_AFTER])
@pytest.mark.parametrize(
    ("verb", "resource", "skip"),
    [
        *(("patch", SERVICES, skip) for skip in [0]),  # the service's finalizer
        *(("create", GROUPS, skip) for skip in SKIPS),
        *(("patch", GROUPS, skip) for skip in SKIPS),  # the group's finalizer
        *(("replace_status", GROUPS, skip) for skip in range(9)),
        *(("replace_status", SERVICES, skip) for skip in range(4)),
    ],
)
async def test_killed_while_it_writes_to_the_cluster(
    make_world: MakeWorld, verb: str, resource: Resource, skip: int, mode: Mode, *, lost: bool
) -> None:
    world = make_world(seed=20 + skip)
    fault = hold(world, mode, verb, resource, skip=skip)
    await world.start()
    world.apply(samples.service("s", replicas=REPLICAS))
    try:
        async with asyncio.timeout(120):
            await fault.reached.wait()
    except TimeoutError:
        # Finalizers come with the object, or fewer writes are needed: then this point does not exist.
        assert (verb, resource) == ("patch", GROUPS), "this point was never reached"
    else:
        await kill_at(world, fault, lost=lost)
    await world.converge("s", REPLICAS)


@pytest.mark.parametrize(
    ("kind", "late"), [("hold-before", False), ("hold-before", True), ("hold-after", False), ("cut-after", False)]
)
@pytest.mark.parametrize("skip", SKIPS)
async def test_killed_while_a_put_is_on_its_way(make_world: MakeWorld, kind: str, skip: int, *, late: bool) -> None:
    world = make_world(seed=30 + skip, operator=QUICK_LEASE)
    path = f"*/containergroups/s-{skip + 1}-*"
    world.azure.faults.add(Rule(kind, method="PUT", path=path, count=1, late=late))  # type: ignore[arg-type]
    await world.start()
    world.apply(samples.service("s", replicas=REPLICAS))
    await world.until(lambda: any(entry.fault for entry in world.asked("write")))
    await world.crash()
    if late:
        await world.start()
        await asyncio.sleep(20)  # the effect comes while the next operator looks for it, in the ghost window
        world.azure.faults.clear()
    else:
        world.azure.faults.clear()
        await world.start()
    await world.converge("s", REPLICAS)
    assert world.peak("s") <= REPLICAS + 1


@pytest.mark.parametrize("skip", SKIPS)
async def test_killed_when_a_put_is_answered_and_not_recorded(make_world: MakeWorld, skip: int) -> None:
    world = make_world(seed=40 + skip)
    await world.start()
    world.apply(samples.service("s", replicas=REPLICAS))
    done: list[str] = []

    def answered(request: Request, _: Response) -> None:
        if request.method == "PUT":
            done.append("PUT")
            if len(done) == skip + 1:
                world.operators["operator"].process.pause()

    world.operators["operator"].transport.on_answer = answered
    await world.until(lambda: len(done) > skip)
    await world.crash()
    await world.start()
    await world.converge("s", REPLICAS)
    assert len(world.names("write")) == len(set(world.names("write"))) == REPLICAS


@pytest.mark.parametrize("how", ["hold-before", "hold-after", "cut-after", "cut-before"])
@pytest.mark.parametrize("skip", SKIPS)
async def test_killed_while_a_delete_is_on_its_way(make_world: MakeWorld, how: str, skip: int) -> None:
    world = make_world(seed=50 + skip)
    await world.start()
    world.apply(samples.service("s", replicas=REPLICAS))
    await world.settle()
    victim = sorted(group.name for group in world.cloud())[skip]
    world.azure.faults.add(Rule(how, method="DELETE", path=f"*{victim}", count=1))  # type: ignore[arg-type]
    world.delete("s")
    await world.until(lambda: any(entry.fault for entry in world.asked("delete")))
    await world.crash()
    world.azure.faults.clear()
    await world.start()
    await world.ended("s")


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("mode", [Mode.HOLD_BEFORE, Mode.HOLD_AFTER])
@pytest.mark.parametrize(("resource", "skip"), [(GROUPS, 0), (GROUPS, 1), (GROUPS, 2), (SERVICES, 0)])
async def test_killed_before_and_after_a_finalizer_is_removed(
    make_world: MakeWorld, resource: Resource, skip: int, mode: Mode, *, lost: bool
) -> None:
    world = make_world(seed=60 + skip)
    await world.start()
    world.apply(samples.service("s", replicas=REPLICAS))
    await world.settle()
    fault = hold(world, mode, "patch", resource, skip=skip)
    world.delete("s")
    await kill_at(world, fault, lost=lost)
    await world.ended("s")


@pytest.mark.parametrize("seed", range(20))
async def test_killed_at_a_random_moment_of_a_life(make_world: MakeWorld, seed: int) -> None:
    world = make_world(seed=seed)
    chance = random.Random(seed)
    await world.start()
    world.apply(samples.service("s", replicas=3))
    wanted, image = 3, "registry.test/api:1"
    for step in range(4):
        await asyncio.sleep(chance.uniform(0, 0.4) if chance.random() < 0.5 else chance.uniform(0, 60))
        await world.crash(lost=chance.random() < 0.5)
        await asyncio.sleep(chance.uniform(0, 70))
        await world.start()
        if chance.random() < 0.5:
            await world.converge("s", wanted, image=image)
        if chance.random() < 0.6:
            wanted = chance.randint(0, 5)
            world.scale("s", wanted)
        else:
            image = f"registry.test/api:{step + 2}"
            world.roll("s", image)
    await world.converge("s", wanted, image=image)
    world.delete("s")
    await asyncio.sleep(chance.uniform(0, 2))
    await world.crash(lost=chance.random() < 0.5)
    await world.start()
    await world.ended("s")
