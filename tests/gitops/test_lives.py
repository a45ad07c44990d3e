"""What the real operator writes over whole lives, as GitOps tools read it at every moment."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from aci_operator.kube.api import GROUPS, SERVICES, Manifest

from tests.gitops import legal
from tests.gitops.test_conformance import agree
from tests.gitops.verdicts import Said, Tools
from tests.model import samples
from tests.model.objects import Change, Place
from tests.simulation.world import World

MakeWorld = Callable[..., World]
OLD, NEW, BROKEN = "registry.test/api:1", "registry.test/api:2", "registry.test/broken:1"


@dataclass(frozen=True)
class Moment:
    """An object as somebody has just written it, and whether Azure was as its spec wants then."""

    found: Manifest
    converged: bool


@dataclass
class Life:
    """Everything that is written about services and groups, from the beginning of a world."""

    world: World
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.cluster.objects.listeners.append(self._changed)

    def _changed(self, change: Change) -> None:
        if change.place.resource in (SERVICES, GROUPS) and change.type != "DELETED":
            converged = service_stands if change.place.resource == SERVICES else group_runs
            self.moments.append(Moment(change.manifest, converged(self.world, change.manifest)))


def service_stands(world: World, found: Manifest) -> bool:
    """Whether as many replicas as are wanted run in Azure, with what is wanted now; more may still be ending."""
    image = found["spec"]["template"]["spec"]["containers"][0]["image"]
    groups = [(group.state, group.containers[0].image) for group in world.cloud(found["metadata"]["name"])]
    return groups.count(("Running", image)) >= int(found["spec"]["replicas"])


def group_runs(world: World, found: Manifest) -> bool:
    """Whether the group runs in Azure and has an IP."""
    name = found["metadata"]["name"]
    return [(group.state, group.ip is not None) for group in world.cloud() if group.name == name] == [("Running", True)]


async def test_no_tool_is_told_a_lie_over_a_life(make_world: MakeWorld, tools: Tools) -> None:
    """Created, scaled, rolled, paused, gone on, scaled to zero and back, deleted."""
    life = Life(make_world(seed=401))
    world = await begun(life, 3)
    world.scale("s", 5)
    await world.converge("s", 5)
    world.roll("s", NEW)
    await world.until(lambda: any(group.containers[0].image == NEW for group in world.cloud()))
    change(world, paused=True)
    await asyncio.sleep(300)
    change(world, paused=False)
    await world.converge("s", 5, image=NEW)
    world.scale("s", 0)
    await world.converge("s", 0)
    world.scale("s", 1)
    await world.converge("s", 1, image=NEW)
    world.delete("s")
    await world.ended("s")
    seen = check(life.moments, tools)
    assert {said.kstatus for said in seen} == {"InProgress", "Current", "Terminating"}
    assert {said.argo for said in seen} == {"Progressing", "Healthy", "Suspended"}


async def past_its_deadline(world: World) -> None:
    change(world, progressDeadlineSeconds=120)
    world.roll("s", BROKEN)


async def refused_by_azure(world: World) -> None:
    world.roll("s", "registry.test/none:1")


TROUBLES: Final[dict[str, Callable[[World], Awaitable[None]]]] = {
    "a rollout past its deadline": past_its_deadline,
    "an image that Azure refuses": refused_by_azure,
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
async def test_what_needs_a_person_fails_for_all_tools_until_it_is_mended(
    make_world: MakeWorld, tools: Tools, trouble: Callable[[World], Awaitable[None]]
) -> None:
    broken = {"*broken*": {"pull_fails": "always"}, "*none*": {"missing": True}}
    life = Life(make_world(seed=402, images=broken, provisioning_timeout=1200.0))
    world = await begun(life, 2)
    await trouble(world)
    await world.until(lambda: world.told(world.service("s"))["Stalled"][0] == "True")
    stalled = len(life.moments)
    world.roll("s", NEW)
    await world.converge("s", 2, image=NEW)
    seen = check(life.moments, tools)
    assert "Failed" in {said.kstatus for said in seen[:stalled]}
    assert seen[stalled].kstatus == "InProgress", "the correction, not seen yet"
    assert "Current" in {said.kstatus for said in seen[stalled:]}


def test_current_before_it_is_true_is_noticed(tools: Tools) -> None:
    [fine, *_] = legal.conditions(SERVICES.kind, legal.GENERATION)
    status = {"observedGeneration": legal.GENERATION, "conditions": [each.manifest() for each in fine]}
    early = Moment(legal.manifest(SERVICES.kind, status), converged=False)
    with pytest.raises(AssertionError, match="Current"):
        check([early], tools)


async def begun(life: Life, replicas: int) -> World:
    """Start the operator, and a service `s`."""
    await life.world.start()
    life.world.apply(samples.service("s", replicas=replicas))
    await life.world.converge("s", replicas)
    return life.world


def change(world: World, **spec: Any) -> None:
    """`kubectl patch`."""
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": spec})


def check(moments: Sequence[Moment], tools: Tools) -> list[Said]:
    """All that was ever written is legal, read in one way, and Current only when it was true."""
    seen = list(tools.judge(moment.found for moment in moments))
    for moment, said in zip(moments, seen, strict=True):
        found = moment.found
        assert legal.told(found) in legal.legal(found["kind"]), found["status"]
        assert agree(found, said), (found["status"], said)
        assert said.kstatus != "Current" or moment.converged, found
    return seen
