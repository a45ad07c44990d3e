"""Rows of the table about the API server: it is away, refuses, forbids, and its watches are late, cut or go back."""

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from aci_operator.kube.api import EVENTS, GROUPS, LEASES, NAMESPACES, REVISIONS, SERVICES, Resource

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.simulation.scenes import MakeWorld, up
from tests.simulation.world import World

# -- the API server


async def test_an_operator_that_starts_before_the_crds_exist(make_world: MakeWorld) -> None:
    world = make_world(seed=240)
    for resource in (SERVICES, GROUPS):
        world.user.delete_crd(resource)
    await asyncio.sleep(5)
    await world.start()
    await asyncio.sleep(200)
    world.check()
    assert not world.operators["operator"].ready()
    world.user.install_crd(GROUPS)
    await asyncio.sleep(100)
    assert not world.operators["operator"].ready()
    world.user.install_crd(SERVICES)
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    assert world.operators["operator"].ready()


@pytest.mark.parametrize("seconds", [20, 100, 900])
async def test_an_api_server_that_is_away_while_groups_start(make_world: MakeWorld, seconds: float) -> None:
    world = make_world(seed=241)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await world.until(lambda: len(world.asked("write")) >= 2)
    world.cluster.plant(Fault(Mode.FAIL, client="operator", times=None))
    for watch in world.operators["operator"].shell.watches.values():  # type: ignore[union-attr]
        watch.cut(seconds)
    world.scale("s", 1)
    await asyncio.sleep(seconds)
    since = now()
    assert not [entry for entry in world.asked("write") if (since - entry.at).total_seconds() < seconds - 60]
    world.cluster.heal()
    await world.converge("s", 1)


@pytest.mark.parametrize("mode", [Mode.FAIL, Mode.LOSE, Mode.CONFLICT])
@pytest.mark.parametrize("verb", ["create", "replace", "replace_status", "patch", "delete"])
async def test_writes_that_fail_now_and_then(make_world: MakeWorld, verb: str, mode: Mode) -> None:
    world = make_world(seed=242)
    if (verb, mode) == ("create", Mode.CONFLICT):
        mode = Mode.FAIL  # a create has nothing to conflict with
    for skip in range(0, 40, 2):
        world.cluster.plant(Fault(mode, verbs=frozenset({verb}), client="operator", skip=skip, times=1))
    await up(world, replicas=3)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 3, image="registry.test/api:2")
    world.scale("s", 1)
    await world.converge("s", 1)
    world.delete("s")
    await world.ended("s")


RIGHTS = [
    ("get", NAMESPACES, False),
    ("list", SERVICES, False),
    ("list", GROUPS, False),
    ("list", REVISIONS, False),
    ("create", REVISIONS, True),
    ("create", GROUPS, True),
    ("create", LEASES, False),
    ("replace", LEASES, False),
    ("create", EVENTS, False),
    ("patch", SERVICES, True),
    ("patch", GROUPS, False),
    ("replace_status", SERVICES, False),
    ("replace_status", GROUPS, False),
    ("delete", GROUPS, True),
    ("get", GROUPS, False),
]


@pytest.mark.parametrize(("verb", "resource", "told"), RIGHTS)
async def test_a_right_that_is_missing_is_told_and_works_once_granted(
    make_world: MakeWorld, verb: str, resource: Resource, *, told: bool
) -> None:
    world = make_world(seed=243)
    forbidden = Fault(Mode.FORBID, verbs=frozenset({verb}), resource=resource, client="operator", times=None)
    if verb == "delete":
        await up(world, replicas=2)
        world.cluster.plant(forbidden)
        world.scale("s", 1)
    else:
        world.cluster.plant(forbidden)
        await world.start()
        world.apply(samples.service("s", replicas=1))
    await asyncio.sleep(100)
    world.check()
    if told:
        stalled = world.told(world.service("s"))["Stalled"]
        assert stalled[:2] == ("True", "KubernetesForbidden")
        assert verb in stalled[2]
        assert resource.plural in stalled[2]
    assert world.service("s")["status"].get("replicas", 0) == len(world.groups()), "what there is, not what should be"
    writes = [c for c in world.cluster.record.writes("operator") if c.outcome == "ApiForbidden"]
    assert len(writes) <= 60, "it hammers at what is forbidden"
    world.cluster.heal()
    await world.converge("s", 1)
    world.delete("s")
    await world.ended("s")


# -- the watch


def late(seconds: float) -> Callable[[World, random.Random], None]:
    def fault(world: World, chance: random.Random) -> None:
        world.operators["operator"].ways.delay = lambda _: chance.uniform(0, seconds)

    return fault


def dropping(world: World, chance: random.Random) -> None:
    world.operators["operator"].ways.drop = lambda _: chance.random() < 0.3


def repeating(world: World, chance: random.Random) -> None:
    world.operators["operator"].ways.repeat = lambda _: chance.random() < 0.5


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fault", [late(1), late(20), dropping, repeating])
async def test_a_watch_that_is_late_forgets_or_repeats(
    make_world: MakeWorld, fault: Callable[[World, random.Random], None], seed: int
) -> None:
    world = make_world(seed=seed)
    await world.start()
    fault(world, random.Random(seed))
    world.apply(samples.service("s", replicas=3))
    await world.converge("s", 3)
    for replicas in (5, 1):
        world.scale("s", replicas)
        await asyncio.sleep(3)
    await world.converge("s", 1)
    world.roll("s", "registry.test/api:2")
    await world.converge("s", 1, image="registry.test/api:2")
    world.delete("s")
    await world.ended("s")


@pytest.mark.parametrize("resource", [SERVICES, GROUPS])
@pytest.mark.parametrize("how", ["cut", "freeze", "past", "replay"])
async def test_a_watch_that_is_cut_frozen_or_goes_back(make_world: MakeWorld, how: str, resource: Resource) -> None:
    world = make_world(seed=244)
    await up(world, replicas=3)
    shell = world.operators["operator"].shell
    assert shell is not None
    watch = shell.watches[resource]
    version = world.cluster.objects.version
    for before, replicas in pairwise([3, 6, 2, 4]):
        if how == "cut":
            watch.cut(7)
        elif how == "freeze":
            watch.freeze()
        world.scale("s", replicas)
        await asyncio.sleep(4)
        if how == "past":
            watch.relist_from(version)
        elif how == "replay":
            watch.replay(version)
        await asyncio.sleep(40)
        watch.thaw()
        await world.converge("s", replicas)
        assert before != replicas
    assert len(world.names("write")) == len(set(world.names("write")))
