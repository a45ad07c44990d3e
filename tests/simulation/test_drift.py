"""Groups that somebody changes in Azure by hand, on the real operator: what is told, replaced, put back, left alone."""

import asyncio
from typing import Any

import pytest
from aci_emulator.front.rules import Rule
from aci_operator.api import keys
from aci_operator.kube.api import SERVICES

from tests.model import samples
from tests.model.clock import now
from tests.model.objects import Place
from tests.planted.bug import Bug, planted
from tests.simulation.scenes import MakeWorld, events, up
from tests.simulation.world import World

OLD, NEW, SECRET = "registry.test/api:1", "registry.test/api:2", "hunter2"
IMAGE = "template.containers[api].image"
VARIABLE = "template.containers[api].env[TOKEN]"


async def change(world: World, name: str, **properties: Any) -> None:
    """Change the first container of a group by a PUT, as `az container create` does on one that exists."""
    body = (await world.in_azure("GET", name)).document
    assert body is not None
    for shown in ("provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"):
        del body["properties"][shown]  # Azure shows it, and refuses it
    body["properties"]["containers"][0]["properties"] |= properties
    assert (await world.in_azure("PUT", name, body)).status == 200


async def tag(world: World, name: str, tags: dict[str, str]) -> None:
    """Replace all tags of a group."""
    assert (await world.in_azure("PATCH", name, {"tags": tags})).status == 200


def pause(world: World, *, paused: bool) -> None:
    world.user.patch(Place(SERVICES, "default", "s"), {"spec": {"paused": paused}})


def tags_of(world: World, name: str) -> dict[str, str]:
    [group] = [group for group in world.cloud() if group.name == name]
    return dict(group.tags or {})


def drifted(world: World) -> dict[str, str]:
    """The messages of the groups that have drifted."""
    told = {m["metadata"]["name"]: world.told(m).get("Drifted", ("", "", "")) for m in world.groups()}
    return {name: message for name, (status, _, message) in told.items() if status == "True"}


def wrote(world: World, since: Any) -> list[str]:
    """What operators wrote to Azure."""
    return [
        f"{entry.method} {entry.path.rpartition('/')[-1]}"
        for entry in world.azure.record.entries
        if entry.at >= since and entry.method != "GET" and entry.principal in world.invariants.operators
    ]


async def test_a_changed_image_is_told_once_and_nothing_is_done(make_world: MakeWorld) -> None:
    world = make_world(seed=701)
    await up(world, 2)
    name = world.cloud()[0].name
    since = now()
    await change(world, name, image=NEW, environmentVariables=[{"name": "TOKEN", "value": SECRET}])
    await world.until(lambda: bool(drifted(world)))
    await asyncio.sleep(24 * 3600)
    assert drifted(world) == {name: f"changed in Azure: {VARIABLE}, {IMAGE}"}
    assert world.told(world.service("s"))["Drifted"][2].startswith("1 of 2 replicas were changed in Azure")
    assert world.told(world.service("s"))["Ready"][0] == "True"
    assert len(events(world, "Drifted")) == 1
    assert wrote(world, since) == []
    assert SECRET not in str(world.groups()) + str(world.service("s")) + str(events(world, "Drifted"))
    await change(world, name, image=OLD, environmentVariables=[])
    await world.until(lambda: not drifted(world))
    await world.settle()
    assert world.told(world.service("s"))["Drifted"][1] == "NotDrifted"


async def test_with_replace_a_changed_replica_serves_until_its_successor_does(make_world: MakeWorld) -> None:
    world = make_world(seed=702)
    await up(world, 3, driftPolicy="Replace")
    old = world.cloud()[0]
    await change(world, old.name, image=NEW)
    await world.until(lambda: old.name in drifted(world))
    serving: list[int] = []
    while old.name in {group.name for group in world.cloud()}:
        serving.append(len(world.service("s")["status"].get("ips", [])))
        await asyncio.sleep(0.5)
    assert min(serving, default=0) >= 3
    assert events(world, "DeletedGroup") == [f"deleting 1 (Drifted): {old.name}"]
    assert events(world, "CreatedGroup")[-1].startswith("creating 1 (Drifted)")
    await world.converge("s", 3, image=OLD)
    assert world.peak("s") == 4
    assert world.told(world.service("s"))["Drifted"][0] == "False"


@pytest.mark.parametrize("zone", ["1", "2"])
async def test_with_replace_a_changed_replica_has_its_successor_in_its_own_zone(
    make_world: MakeWorld, zone: str
) -> None:
    world = make_world(seed=709)
    await up(world, 2, driftPolicy="Replace", placements=[{"location": samples.LOCATION, "zones": ["1", "2"]}])
    [old] = [group for group in world.cloud() if group.zones == [zone]]
    await change(world, old.name, image=NEW)
    await world.until(lambda: old.name not in {group.name for group in world.cloud()})
    await world.converge("s", 2, image=OLD)
    assert sorted(group.zones[0] for group in world.cloud() if group.zones) == ["1", "2"]


async def test_paused_nothing_is_replaced_for_its_drift(make_world: MakeWorld) -> None:
    world = make_world(seed=703)
    await up(world, 2, driftPolicy="Replace")
    pause(world, paused=True)
    await world.settle()
    name, since = world.cloud()[0].name, now()
    await change(world, name, image=NEW)
    await world.until(lambda: name in drifted(world))
    await asyncio.sleep(600)
    assert wrote(world, since) == []
    pause(world, paused=False)
    await world.converge("s", 2, image=OLD)


async def test_lost_tags_are_put_back_once_and_those_of_others_stay(make_world: MakeWorld) -> None:
    world = make_world(seed=704)
    await up(world, 2, tags={"cost-centre": "42", "team": "a"})
    name, since = world.cloud()[0].name, now()
    before = tags_of(world, name)
    starts = {group.name: group.containers[0].current for group in world.cloud()}
    proof = {keys.TAG_CLUSTER: before[keys.TAG_CLUSTER], keys.TAG_UID: before[keys.TAG_UID]}
    await tag(world, name, {**proof, keys.TAG_SERVICE: "other", "team": "changed by a policy", "added": "by others"})
    await world.until(lambda: keys.TAG_REVISION in tags_of(world, name))
    await asyncio.sleep(3600)
    after = tags_of(world, name)
    assert after.pop(keys.TAG_CREATED)
    before.pop(keys.TAG_CREATED)
    assert after == {**before, "team": "changed by a policy", "added": "by others"}
    assert wrote(world, since) == [f"PATCH {name}"]
    assert {group.name: group.containers[0].current for group in world.cloud()} == starts
    assert len(events(world, "TagsRestored")) == 1
    await world.converge("s", 2)


async def test_without_what_proves_whose_it_is_no_tag_is_put_back(make_world: MakeWorld) -> None:
    world = make_world(seed=705)
    await up(world, 1)
    name, since = world.cloud()[0].name, now()
    left = {tag: value for tag, value in tags_of(world, name).items() if tag != keys.TAG_UID}
    await tag(world, name, left)
    await world.until(lambda: world.told(world.service("s"))["Ready"][1] == "OwnershipConflict")
    await asyncio.sleep(3600)
    assert wrote(world, since) == []
    assert tags_of(world, name) == left


async def test_who_takes_tags_off_again_and_again_is_not_fought_at_each_look(make_world: MakeWorld) -> None:
    world = make_world(seed=706)
    await up(world, 1, tags={"team": "a"})
    name, since = world.cloud()[0].name, now()
    for _ in range(360):
        if "team" in tags_of(world, name):
            await tag(world, name, {k: v for k, v in tags_of(world, name).items() if k != "team"})
        await asyncio.sleep(10)
    assert 3 <= len(wrote(world, since)) <= 5


async def test_a_refusal_to_put_tags_back_keeps_nobody_from_looking(make_world: MakeWorld) -> None:
    world = make_world(seed=707)
    await up(world, 1, tags={"team": "a"})
    name = world.cloud()[0].name
    await tag(world, name, {k: v for k, v in tags_of(world, name).items() if k != "team"})
    world.azure.faults.add(Rule("forbidden", method="PATCH", count=None))
    await asyncio.sleep(300)
    assert world.told(world.service("s"))["Ready"][0] == "True"
    await world.in_azure("POST", name, action="stop")
    await world.until(lambda: name not in {group.name for group in world.cloud()})
    await world.converge("s", 1)


VARIANTS = [{"location_case": "normal", "id_case": "upper-groups"}, {"patch_of_tags": "restarts"}]


@pytest.mark.parametrize("variants", VARIANTS, ids=str)
async def test_without_drift_there_is_no_word_of_it_and_no_write(
    make_world: MakeWorld, variants: dict[str, str]
) -> None:
    world = make_world(seed=708, variants=variants)
    await up(world, 3, driftPolicy="Replace", tags={"cost-centre": "42"})
    since, writes = now(), len(world.cluster.record.writes())
    await asyncio.sleep(4 * 3600)
    assert wrote(world, since) == []
    assert {call.resource.plural for call in world.cluster.record.writes()[writes:]} <= {"leases"}
    assert all("Drifted" not in world.told(manifest) for manifest in [*world.groups(), world.service("s")])


def misread(_: object) -> Any:
    """Azure shows another image than the one that was sent, always."""
    return ((IMAGE, "spelled in another way"),)


async def test_what_differs_from_the_start_is_told_and_never_replaced(make_world: MakeWorld) -> None:
    world = make_world(seed=709)
    with planted(Bug(0, "a false difference", "aci_operator.azure.groups:shape", misread)):
        await up(world, 2, driftPolicy="Replace")
        since = now()
        await asyncio.sleep(2 * 3600)
        assert len(drifted(world)) == 2
        assert wrote(world, since) == []
        await world.stop()
