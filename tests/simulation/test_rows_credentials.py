"""Rows of the table in which the operator's credential is rotated, or is gone: nothing is forgotten for want of it."""

import asyncio

import pytest
from aci_operator.api import keys
from aci_operator.kube.api import GROUPS

from tests.model import samples
from tests.model.clock import now
from tests.model.faults import Fault, Mode
from tests.model.manifests import finalizers
from tests.simulation.scenes import SERVICE, MakeWorld, events, up
from tests.simulation.world import World

LONG = 3600.0
"""Seconds that pass before anybody does something about it."""


def names(world: World) -> list[str]:
    """Return the names of the container groups in Azure."""
    return sorted(group.name for group in world.cloud("s"))


def held(world: World) -> list[str]:
    """Return the names of the objects that only the operator lets go."""
    return sorted(group["metadata"]["name"] for group in world.groups() if keys.FINALIZER in finalizers(group))


async def deleted_without_a_credential(world: World) -> list[str]:
    """Delete a service of two replicas when the credential is gone, and see that all stays; return their names."""
    await up(world, replicas=2)
    before = names(world)
    world.entra.withdraw()
    world.delete("s")
    await asyncio.sleep(LONG)
    world.check()
    assert held(world) == names(world) == before
    for manifest in (world.service("s"), *world.groups()):
        assert world.told(manifest)["Stalled"][:2] == ("True", "Unauthenticated"), "a person is called"
    return before


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_is_deleted_without_a_credential_ends_when_there_is_another(
    make_world: MakeWorld, restarted: bool
) -> None:
    world = make_world(seed=451)
    before = await deleted_without_a_credential(world)
    if restarted:
        await world.crash()
        await world.start()
        await asyncio.sleep(LONG)
        assert held(world) == names(world) == before
    world.entra.replace()
    await world.ended("s", within=600)


async def test_what_is_deleted_without_a_credential_goes_when_a_person_lets_go_and_no_sooner(
    make_world: MakeWorld,
) -> None:
    world = make_world(seed=452)
    first, second = await deleted_without_a_credential(world)
    world.abandon(first)
    await asyncio.sleep(LONG)
    assert held(world) == [second], "the other one is not let go with it"
    world.abandon(second)
    await world.until(lambda: world.user.find(SERVICE) is None, within=60)
    assert names(world) == [first, second], "no credential, no end"
    told = events(world, "Abandoned")
    assert len(told) == 2
    for name, line in zip([first, second], told, strict=True):
        assert name in line
        assert "may still exist in Azure" in line
    world.entra.replace()
    await world.until(lambda: not world.cloud(), within=2 * LONG)
    await world.settle()


async def test_letting_go_is_told_although_its_answer_was_lost(make_world: MakeWorld) -> None:
    world = make_world(seed=455)
    await up(world, replicas=1)
    world.entra.withdraw()
    world.delete("s")
    await asyncio.sleep(200)
    [name] = [group["metadata"]["name"] for group in world.groups()]
    world.cluster.plant(Fault(Mode.LOSE, verbs=frozenset({"patch"}), resource=GROUPS, client="operator"))
    world.abandon(name)
    await world.until(lambda: world.user.find(SERVICE) is None, within=60)
    await asyncio.sleep(30)
    assert len(events(world, "Abandoned")) == 1


@pytest.mark.parametrize("after", [0.0, 0.06, 0.12, 0.5, 6.0])
async def test_a_credential_that_is_rotated_in_the_middle_of_a_change_costs_a_refusal(
    make_world: MakeWorld, after: float
) -> None:
    world = make_world(seed=453)
    await up(world, replicas=2)
    before, since = names(world), now()
    world.scale("s", 4)
    await asyncio.sleep(after)
    world.entra.withdraw()
    world.entra.replace()
    for _ in range(30):
        await asyncio.sleep(1)
        told = [world.told(manifest) for manifest in (world.service("s"), *world.groups())]
        assert not [each for each in told if each.get("Stalled", ("False",))[0] == "True"], "no person is called"
    await world.converge("s", 4, within=120)
    asked = [entry for entry in world.azure.record.entries if entry.at >= since]
    assert any(entry.status == 401 for entry in asked)
    made = [entry.path for entry in asked if entry.method == "PUT" and entry.status == 201]
    assert len(made) == len(set(made)) == 2
    assert not [entry for entry in asked if entry.method == "DELETE"]
    assert set(before) < set(names(world))


def called(world: World) -> set[str]:
    """Return the names of the objects that call a person because of the credential."""
    told = {each["metadata"]["name"]: world.told(each).get("Stalled") for each in (world.service("s"), *world.groups())}
    return {name for name, stalled in told.items() if stalled and stalled[:2] == ("True", "Unauthenticated")}


@pytest.mark.parametrize("crashes", [False, True], ids=["ended", "crashed"])
@pytest.mark.parametrize("change", ["grows", "ends", "begins"])
async def test_a_person_who_was_called_stays_called_when_another_process_asks_for_the_first_time(
    make_world: MakeWorld, change: str, crashes: bool
) -> None:
    world = make_world(seed=454)
    if change == "begins":
        world.entra.withdraw()
        await world.start()
        world.apply(samples.service("s", replicas=2))
    else:
        await up(world, replicas=2)
        world.entra.withdraw()
        world.scale("s", 4) if change == "grows" else world.delete("s")
    await asyncio.sleep(600)
    before = called(world)
    assert "s" in before
    await (world.crash() if crashes else world.stop())
    await world.start()
    for _ in range(600):
        await asyncio.sleep(0.1)
        assert called(world) == before
