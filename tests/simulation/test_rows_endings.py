"""Rows of the table about endings: services, namespaces and CRDs that are deleted, at any moment and in any order."""

import asyncio

import pytest
from aci_operator.kube.api import GROUPS, NAMESPACES, SERVICES, Resource

from tests.model import samples
from tests.model.objects import Place
from tests.simulation.scenes import SERVICE, MakeWorld, up


async def test_a_finalizer_dropped_and_then_a_delete_leaves_nothing(make_world: MakeWorld) -> None:
    world = make_world(seed=210)
    await up(world)
    world.user.clear_finalizers(SERVICE)
    world.delete("s")
    await world.until(lambda: not world.cloud() and not world.groups(), within=1800)
    await world.settle()
    assert world.cloud() == []
    assert world.user.find(SERVICE) is None


async def test_the_same_with_the_operator_away_at_that_moment(make_world: MakeWorld) -> None:
    world = make_world(seed=211)
    await up(world)
    await world.stop()
    world.user.clear_finalizers(SERVICE)
    world.delete("s")
    await asyncio.sleep(5)
    assert world.user.find(SERVICE) is None
    assert len(world.cloud()) == 3
    await world.start()
    await world.until(lambda: not world.cloud() and not world.groups(), within=1800)
    await world.settle()
    assert world.cloud() == []


@pytest.mark.parametrize("after", [0.0, 0.003, 0.02, 0.06, 0.11, 0.2, 1.0, 6.0, 19.0])
@pytest.mark.parametrize("cascade", ["background", "foreground"])
async def test_deleted_while_its_groups_are_being_created(make_world: MakeWorld, after: float, cascade: str) -> None:
    world = make_world(seed=212)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(after)
    world.user.delete(SERVICE, cascade=cascade)
    await world.ended("s")


@pytest.mark.parametrize("after", [0.05, 3.0, 60.0])
async def test_a_deleted_namespace_leaves_nothing(make_world: MakeWorld, after: float) -> None:
    world = make_world(seed=213)
    world.user.namespace("team")
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", "team", replicas=3))
    world.apply(samples.service("other", replicas=1))
    await asyncio.sleep(after)
    world.user.delete_namespace("team")
    await world.ended("s", "team")
    assert world.user.find(Place(NAMESPACES, "", "team")) is None
    await world.converge("other", 1)


@pytest.mark.parametrize("order", [(SERVICES, GROUPS), (GROUPS, SERVICES)])
@pytest.mark.parametrize("after", [0.05, 60.0])
async def test_deleted_crds_leave_nothing(make_world: MakeWorld, order: tuple[Resource, ...], after: float) -> None:
    world = make_world(seed=214)
    await world.start()
    await asyncio.sleep(1)
    world.apply(samples.service("s", replicas=3))
    await asyncio.sleep(after)
    for resource in order:
        world.user.delete_crd(resource)
    await world.until(lambda: not world.cloud() and not {SERVICES, GROUPS} & set(world.cluster.objects.kinds))
    await world.until(lambda: not world.operators["operator"].ready(), within=5)
    for resource in order:
        world.user.install_crd(resource)
    world.apply(samples.service("again", replicas=1))
    await world.converge("again", 1)
    assert world.operators["operator"].ready()


async def test_the_crd_of_groups_deleted_alone_replaces_nothing_for_ever(make_world: MakeWorld) -> None:
    world = make_world(seed=215)
    await up(world, replicas=2)
    world.user.delete_crd(GROUPS)
    await world.until(lambda: GROUPS not in world.cluster.objects.kinds, within=1800)
    assert world.cloud() == []
    world.user.install_crd(GROUPS)
    await world.converge("s", 2)


async def test_a_service_made_again_while_its_predecessor_ends_gets_groups_of_its_own(make_world: MakeWorld) -> None:
    world = make_world(seed=217)
    await up(world, replicas=2)
    names = {group.name for group in world.cloud()}
    world.delete("s")
    await world.until(lambda: world.user.find(SERVICE) is None)
    world.apply(samples.service("s", replicas=2))
    await world.converge("s", 2)
    assert not names & {group.name for group in world.cloud()}
