"""A service comes to the same end by whatever way its spec was reached, and back to a good one from any error."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, Final

import pytest
from aci_operator.kube.api import SERVICES, Manifest

from tests.simulation.world import World
from tests.transitions.changes import Transition
from tests.transitions.objects import CONTAINER, campaign, full, taken
from tests.transitions.properties import changed
from tests.transitions.routes import End, end, go, put

MakeWorld = Callable[..., World]

BASE: Final[Manifest] = full(SERVICES)
GOOD: Final = [each for each in campaign(SERVICES) if taken(SERVICES, each) and str(each) != "spec.replicas maximum"]
"""All that the API server takes; a thousand replicas are for the bench."""

DEPENDS: Final = {
    "spec.tags minimum": "tags are put on new groups",
    "spec.tags maximum": "tags are put on new groups",
    "spec.tags change": "tags are put on new groups",
    "spec.tags absent": "tags are put on new groups",
    "spec.tags{} minimum": "tags are put on new groups",
    "spec.tags{} maximum": "tags are put on new groups",
    "spec.tags{} change": "tags are put on new groups",
    "spec.resourceGroupPolicy change": "it is for new groups",
    "spec.placements[].zones maximum": "what runs in a listed place is not moved",
    "spec.placements[].zones absent": "what runs in a listed place is not moved",
    "spec.paused change": "a service that is paused from the start has no first replicas, as a Deployment",
}
"""Where the end depends on the way, on purpose, and why."""

WALKED: Final = [good for good in GOOD if str(good) not in DEPENDS and not str(good).startswith("spec.placements")]
"""What a way of many steps is made of: nothing of what an earlier step made may rightly stay."""

ERRORS: Final[dict[str, tuple[tuple[str, ...], object]]] = {
    "an image that is not there": ((*CONTAINER, "image"), "registry.test/none:1"),
    "an image that cannot be pulled": ((*CONTAINER, "image"), "registry.test/broken:1"),
    "a container that keeps crashing": ((*CONTAINER, "image"), "registry.test/crash:1"),
    "a place that is none": (("spec", "placements", "[]", "location"), "nowhere"),
    "more CPU than there is": ((*CONTAINER, "resources", "requests", "cpu"), 1000),
}
"""What the API server takes and Azure does not, by the property that is wrong."""

STRIDE: Final = 20
"""Each error, on each way into it, is left for every twentieth good spec."""


def selected(cases: Sequence[object], one_of: int) -> list[Any]:
    """One of so many cases is for every run; the others are for `make simulate`."""
    marks = [() if n % one_of == 0 else pytest.mark.simulate for n in range(len(cases))]
    return [pytest.param(case, marks=mark, id=str(case)) for case, mark in zip(cases, marks, strict=True)]


def chains() -> Iterator["Chain"]:
    """Every way into an error and out of it."""
    steady = [good for good in GOOD if str(good) not in DEPENDS]
    for n, (error, serving) in enumerate(product(ERRORS, (True, False))):
        for good in steady[n::STRIDE]:
            yield Chain(error, serving, good)


class Chain:
    """From a service that serves, or from none, into an error and to a good spec."""

    def __init__(self, error: str, serving: bool, good: Transition) -> None:
        self.serving = serving
        self.wrong = changed(BASE, *ERRORS[error])
        self.good = good
        self._title = f"{error}, {'serving' if serving else 'new'}, then {good}"

    def __str__(self) -> str:
        return self._title


CHAINS: Final = list(chains())


def world(make_world: MakeWorld) -> World:
    images = {
        "*none*": {"missing": True},
        "*broken*": {"pull_fails": "always"},
        "*crash*": {"run": 20.0, "exit_code": 1},
    }
    return make_world(seed=501, images=images, group_quota=5000, core_quota=1e6)


async def straight(make_world: MakeWorld, manifest: Manifest) -> End:
    """The end of a service that is made as it is wanted."""
    direct = world(make_world)
    await direct.start()
    await go(direct, manifest)
    return end(direct)


def test_the_campaign_is_as_large_as_it_should_be() -> None:
    assert len(CHAINS) >= 50
    assert len(GOOD) >= 130
    assert DEPENDS.keys() <= set(map(str, GOOD))


@pytest.mark.parametrize("good", selected(GOOD, 20))
async def test_there_and_back(make_world: MakeWorld, good: Transition) -> None:
    route = world(make_world)
    await route.start()
    await go(route, BASE)
    await go(route, good.to)
    there = end(route)
    await go(route, BASE)
    assert (there == await straight(make_world, good.to)) == (str(good) not in DEPENDS)
    assert end(route) == await straight(make_world, BASE)


@pytest.mark.parametrize("chain", selected(CHAINS, 22))
async def test_out_of_an_error(make_world: MakeWorld, chain: Chain) -> None:
    route = world(make_world)
    await route.start()
    if chain.serving:
        await go(route, BASE)
    put(route, chain.wrong)
    await route.until(lambda: ready(route) == "False")
    await asyncio.sleep(1200)
    await route.until(lambda: ready(route) == "False")  # what crashes is ready between two crashes
    await go(route, chain.good.to)
    assert end(route) == await straight(make_world, chain.good.to)


WALKS: Final = [pytest.param(seed, marks=() if seed == 0 else pytest.mark.simulate) for seed in range(60)]


@pytest.mark.parametrize("seed", WALKS)
async def test_the_long_way_round(make_world: MakeWorld, seed: int) -> None:
    """Ten changes at random moments, most of them in the middle of what the one before began."""
    chance = random.Random(seed)
    *way, last = chance.sample(WALKED, 11)
    route = world(make_world)
    await route.start()
    for good in way:
        put(route, good.to)
        await asyncio.sleep(chance.choice((0, 1, 10, 40, 200)))
        route.check()
    await go(route, last.to)
    assert end(route) == await straight(make_world, last.to)


def ready(world: World) -> str:
    """What the service says of Ready, if it has said anything."""
    return world.told(world.service("s")).get("Ready", ("",))[0]
